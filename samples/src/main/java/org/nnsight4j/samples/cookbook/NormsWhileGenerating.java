package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** A number of each step of generation. */
public final class NormsWhileGenerating {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var done =
          gpt2.generate(
              maxNewTokens(4),
              "Madison Square Garden is located in the city of",
              (invoker, model) ->
                  invoker
                      .allSteps()
                      .each(step -> step.transformer().h(2).output(0).at(-1).norm().save()));
      System.out.println(done.output().newText(0));
      done.result().values().forEach(norm -> System.out.printf(Locale.ROOT, "%.2f%n", norm.item()));
    }
  }
}
