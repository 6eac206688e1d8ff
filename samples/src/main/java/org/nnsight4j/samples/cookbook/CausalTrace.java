package org.nnsight4j.samples.cookbook;

import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.patching.CausalTracing;

/** Noise on the subject, and which place brings the answer back. */
public final class CausalTrace {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var tracing =
          CausalTracing.of(gpt2)
              .answer(" Paris")
              .subject(1, 2)
              .samples(5)
              .run("The Eiffel Tower is in the city of");
      System.out.printf(
          Locale.ROOT, "%.2f, with noise %.2f%n", tracing.clean(), tracing.corrupted());
      System.out.println(tracing);
    }
  }
}
