package org.nnsight4j.samples.cookbook;

import java.util.List;
import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.probe.LinearProbes;

/** Where two kinds of texts can be told apart, beside shuffled labels. */
public final class ProbeEachLayer {
  private static final List<String> ITALY =
      List.of(
          "The Colosseum is in the city of",
          "The capital of Italy is",
          "The Roman Forum is in the city of",
          "The Trevi Fountain is in the city of",
          "The Pantheon is in the city of");
  private static final List<String> FRANCE =
      List.of(
          "The Eiffel Tower is in the city of",
          "The capital of France is",
          "The Louvre is in the city of",
          "The Arc de Triomphe is in the city of",
          "Notre Dame is in the city of");

  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var probes = LinearProbes.of(gpt2).positions(-1).run(ITALY, FRANCE);
      for (int layer : probes.layers()) {
        System.out.printf(
            Locale.ROOT,
            "layer %s: AUROC %.2f, shuffled %.2f%n",
            layer,
            probes.auroc(layer, -1),
            probes.shuffledAuroc(layer, -1));
      }
    }
  }
}
