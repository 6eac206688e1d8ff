package org.nnsight4j.samples.cookbook;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.patching.AttentionKnockout;

/** The last token may not look at the subject, around each layer. */
public final class KnockOutAttention {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var knockout =
          AttentionKnockout.of(gpt2)
              .answer(" Paris")
              .queries(-1)
              .keys(1, 2)
              .window(1)
              .run("The Eiffel Tower is in the city of");
      System.out.println(knockout);
    }
  }
}
