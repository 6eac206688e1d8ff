package org.nnsight4j.samples.cookbook;

import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.attribution.DirectLogitAttribution;

/** What each part adds to the difference of two logits. */
public final class DirectAttribution {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var parts =
          DirectLogitAttribution.of(gpt2)
              .answer(" Paris")
              .against(" Rome")
              .run("The Eiffel Tower is in the city of");
      System.out.printf(Locale.ROOT, "MLP of layer 1: %.2f%n", parts.mlp(1));
      System.out.printf(Locale.ROOT, "head 2 of layer 1: %.2f%n", parts.head(1, 2));
      System.out.printf(
          Locale.ROOT, "all parts: %.2f, the model: %.2f%n", parts.sum(), parts.logit());
    }
  }
}
