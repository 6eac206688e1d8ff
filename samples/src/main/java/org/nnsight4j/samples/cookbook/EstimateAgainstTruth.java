package org.nnsight4j.samples.cookbook;

import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.patching.ActivationPatching;
import org.nnsight4j.toolkit.patching.AttributionPatching;

/** Attribution patching beside real patching. */
public final class EstimateAgainstTruth {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      String clean = "When Mary and John went to the store, John gave a drink to";
      String corrupted = "When John and Mary went to the store, Mary gave a drink to";
      var truth =
          ActivationPatching.of(gpt2).answer(" Mary").against(" John").run(clean, corrupted);
      var estimate =
          AttributionPatching.of(gpt2).answer(" Mary").against(" John").run(clean, corrupted);
      System.out.printf(Locale.ROOT, "rank correlation %.2f%n", estimate.rankCorrelation(truth));
      System.out.printf(
          Locale.ROOT, "%.2f for %.2f%n", estimate.effect(0, 1, 0), truth.effect(0, 1, 0));
    }
  }
}
