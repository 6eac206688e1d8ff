package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** The receipt: what fired, how often, and what each write changed. */
public final class WhatReallyHappened {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open();
        var generator = gpt2.generate(maxNewTokens(2))) {
      try (var invoker = generator.invoke("The Eiffel Tower is in the city of")) {
        var added = invoker.model().transformer().h(2).mlp().output();
        added.set(added.mul(0.5));
      }
      generator.run();
      System.out.println(generator.receipt());
    }
  }
}
