package org.nnsight4j.samples.cookbook;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** Shapes and data types of a recording, before anything runs. */
public final class ShapesWithoutWeights {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var scan =
          gpt2.scan(
              generator ->
                  generator.invoke(
                      "The Eiffel Tower is in the city of",
                      invoker -> invoker.model().transformer().h(2).attn().pattern().output()));
      System.out.println(scan.of(scan.result()));
    }
  }
}
