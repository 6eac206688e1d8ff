package org.nnsight4j.samples.cookbook;

import java.util.List;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepSite;

/** Each head switched off, in one sweep. */
public final class AblateHeads {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var plan =
          gpt2.sweep(List.of("The Eiffel Tower is in the city of"))
              .at(SweepSite.Z)
              .eachHead()
              .allPositions()
              .zero()
              .metric("Paris", Metrics.logProbability(" Paris"))
              .plan();
      System.out.println(plan.run());
    }
  }
}
