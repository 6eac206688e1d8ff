package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import org.nnsight4j.Output;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** A run that ends early by what the model computes. */
public final class StopWhenSure {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      long dot = gpt2.tokenizer().singleToken(".");
      Output output =
          gpt2.generate(
              maxNewTokens(20),
              "The Eiffel Tower is in the city of",
              (invoker, model) -> {
                invoker
                    .allSteps()
                    .forEach(
                        step -> step.output().at(-1).argMax(-1).eq(dot).any().cond(invoker::stop));
              });
      System.out.println(output.text(0));
    }
  }
}
