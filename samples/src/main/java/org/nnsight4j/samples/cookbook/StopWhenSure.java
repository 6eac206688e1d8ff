package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** A run that ends early by what the model computes. */
public final class StopWhenSure {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open();
        var generator = gpt2.generate(maxNewTokens(20))) {
      long dot = gpt2.tokenizer().singleToken(".");
      try (var invoker = generator.invoke("The Eiffel Tower is in the city of")) {
        invoker
            .allSteps()
            .forEach(model -> model.output().at(-1).argMax(-1).eq(dot).any().cond(invoker::stop));
      }
      generator.run();
      System.out.println(generator.output().text(0));
    }
  }
}
