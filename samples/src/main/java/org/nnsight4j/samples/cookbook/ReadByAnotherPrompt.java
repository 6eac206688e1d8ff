package org.nnsight4j.samples.cookbook;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.patching.Patchscope;

/** Patchscopes: what a vector says inside of another prompt. */
public final class ReadByAnotherPrompt {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var scope =
          Patchscope.of(gpt2)
              .run("The Eiffel Tower is in the city of", "The Colosseum is in the city of");
      for (int layer = 0; layer < 4; layer++) {
        System.out.println("after layer " + layer + ":" + scope.text(layer));
      }
    }
  }
}
