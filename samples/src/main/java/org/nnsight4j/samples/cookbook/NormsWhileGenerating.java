package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Saved;

/** A number of each step of generation. */
public final class NormsWhileGenerating {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open();
        var generator = gpt2.generate(maxNewTokens(4))) {
      Saved<Axis> norms;
      try (var invoker = generator.invoke("Madison Square Garden is located in the city of")) {
        norms =
            invoker
                .allSteps()
                .each(model -> model.transformer().h(2).output(0).at(-1).norm().save());
      }
      generator.run();
      System.out.println(generator.output().newText(0));
      norms.values().forEach(norm -> System.out.println("%.2f".formatted(norm.item())));
    }
  }
}
