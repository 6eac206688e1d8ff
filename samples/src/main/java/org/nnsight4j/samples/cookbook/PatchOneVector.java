package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** One vector of the residual stream from one prompt into another. */
public final class PatchOneVector {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open();
        var generator = gpt2.generate(maxNewTokens(1))) {
      try (var paris = generator.invoke("The Eiffel Tower is in the city of");
          var rome = generator.invoke("The Colosseum is in the city of")) {
        var last = paris.model().transformer().h(2).output(0).at(-1);
        rome.model().transformer().h(2).output(0).at(-1).set(last);
      }
      generator.run();
      System.out.println(generator.output().texts());
    }
  }
}
