package org.nnsight4j.samples;

import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.SweepPlan;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepProgress;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** Sweeps, as docs/sweeps.md explains them. */
public final class Sweeps {
  private static final String CLEAN = "When Mary and John went to the store, John gave a drink to";
  private static final String CORRUPTED =
      "When John and Mary went to the store, Mary gave a drink to";

  private final LanguageModel<Gpt2> gpt2;

  Sweeps(LanguageModel<Gpt2> gpt2) {
    this.gpt2 = gpt2;
  }

  /** Goes through the whole page. */
  public static void main(String[] args) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Sweeps sweeps = new Sweeps(gpt2);
      sweeps.patching();
      sweeps.heads();
      sweeps.ablating();
      sweeps.steering();
      sweeps.measuring();
      sweeps.attributing();
    }
  }

  SweepResult patching() {
    // snippet: patching
    SweepPlan plan =
        gpt2.sweep(CLEAN, CORRUPTED)
            .at(SweepSite.RESID_PRE)
            .denoise()
            .metric("difference", Metrics.logitDifference(" Mary", " John"))
            .plan();
    System.out.println(plan.report());
    SweepResult result = plan.run(SweepProgress.bar(System.err::print));
    System.out.println(result);
    // end
    return result;
  }

  Tensor heads() {
    // snippet: heads
    SweepResult heads =
        gpt2.sweep(List.of(CLEAN), List.of(CORRUPTED))
            .at(SweepSite.Z)
            .eachHead()
            .allPositions()
            .noise()
            .metric("difference", Metrics.logitDifference(" Mary", " John"))
            .plan()
            .run();
    Tensor recovered = heads.normalized("difference"); // [prompt, layer, head]; 1 is clean
    // end
    return recovered;
  }

  SweepResult ablating() {
    // snippet: ablating
    SweepResult without =
        gpt2.sweep(List.of(CLEAN, "The Eiffel Tower is in the city of"))
            .at(SweepSite.ATTN_OUT, SweepSite.MLP_OUT)
            .positions(-1)
            .zero()
            .metric("kl", Metrics.klFromClean())
            .plan()
            .run();
    // end
    return without;
  }

  SweepResult steering() {
    float[] numbers = new float[128];
    numbers[5] = 1;
    Tensor direction = Tensor.of(numbers, numbers.length);
    // snippet: steering
    SweepResult doses =
        gpt2.sweep(List.of("The Eiffel Tower is in the city of"))
            .at(SweepSite.RESID_POST)
            .layers(1, 2)
            .allPositions()
            .add(direction)
            .strengths(-8, -4, 0, 4, 8)
            .metric("Paris", Metrics.logProbability(" Paris"))
            .plan()
            .run();
    // end
    return doses;
  }

  SweepResult measuring() {
    // snippet: measuring
    SweepResult own =
        gpt2.sweep(CLEAN, CORRUPTED)
            .at(SweepSite.RESID_MID)
            .metric("entropy", logits -> entropy(logits.changed().softmax(-1)))
            .metric(
                "distance",
                logits -> logits.changed().sub(logits.corrupted()).pow(2).sum(-1).sqrt())
            .maxBytes(64 << 20)
            .plan()
            .run();
    // end
    return own;
  }

  private static Value<?> entropy(Value<Axis> probabilities) {
    return probabilities.mul(probabilities.log()).sum(-1).neg();
  }

  SweepResult attributing() {
    // snippet: attributing
    SweepPlan plan =
        gpt2.sweep(CLEAN, CORRUPTED)
            .at(SweepSite.RESID_PRE, SweepSite.ATTN_OUT, SweepSite.MLP_OUT)
            .denoise()
            .metric("difference", Metrics.logitDifference(" Mary", " John"))
            .plan();
    SweepResult estimate = plan.attribute(); // two forward passes, one backward pass
    SweepResult exact = plan.run();
    // end
    return exact.names().equals(estimate.names()) ? exact : estimate;
  }
}
