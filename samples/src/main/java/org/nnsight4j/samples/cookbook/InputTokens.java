package org.nnsight4j.samples.cookbook;

import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.attribution.InputAttribution;

/** Which tokens of the prompt made the answer. */
public final class InputTokens {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var tokens =
          InputAttribution.of(gpt2)
              .answer(" Paris")
              .against(" Rome")
              .run("The Eiffel Tower is in the city of");
      for (int i = 0; i < tokens.tokens().size(); i++) {
        System.out.printf(Locale.ROOT, "%6.2f %s%n", tokens.share(i), tokens.tokens().get(i));
      }
    }
  }
}
