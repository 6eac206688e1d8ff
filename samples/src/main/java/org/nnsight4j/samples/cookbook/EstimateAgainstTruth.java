package org.nnsight4j.samples.cookbook;

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
      System.out.println("rank correlation %.2f".formatted(estimate.rankCorrelation(truth)));
      System.out.println(
          "%.2f for %.2f".formatted(estimate.effect(0, 1, 0), truth.effect(0, 1, 0)));
    }
  }
}
