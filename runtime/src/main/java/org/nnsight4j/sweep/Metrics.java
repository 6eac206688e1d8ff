package org.nnsight4j.sweep;

import java.util.Collections;
import java.util.List;
import java.util.Objects;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** The usual metrics of sweeps, at the last position of each prompt. */
public final class Metrics {
  private Metrics() {}

  /** The logit of one token minus that of another; {@code logitDifference(" Mary", " John")}. */
  public static SweepMetric logitDifference(String right, String wrong) {
    given(right, wrong);
    return logits -> difference(logits, repeat(logits, right), repeat(logits, wrong));
  }

  /** {@link #logitDifference(String, String)} with two tokens for each prompt. */
  public static SweepMetric logitDifference(List<String> right, List<String> wrong) {
    given(right, wrong);
    return logits -> difference(logits, ids(logits, right), ids(logits, wrong));
  }

  /** {@link #logitDifference(String, String)} with token ids. */
  public static SweepMetric logitDifference(long right, long wrong) {
    return logits -> difference(logits, repeat(logits, right), repeat(logits, wrong));
  }

  /** {@link #logitDifference(List, List)} with token ids. */
  public static SweepMetric logitDifference(long[] right, long[] wrong) {
    given(right, wrong);
    long[] one = right.clone();
    long[] other = wrong.clone();
    return logits -> difference(logits, checked(logits, one), checked(logits, other));
  }

  /** The probability of a token. */
  public static SweepMetric probability(String token) {
    given(token);
    return logits -> at(logits.changed().softmax(-1), repeat(logits, token));
  }

  /** {@link #probability(String)} with a token id. */
  public static SweepMetric probability(long token) {
    return logits -> at(logits.changed().softmax(-1), repeat(logits, token));
  }

  /** The natural logarithm of the probability of a token. */
  public static SweepMetric logProbability(String token) {
    given(token);
    return logits -> at(logits.changed().logSoftmax(-1), repeat(logits, token));
  }

  /** {@link #logProbability(String)} with a token id. */
  public static SweepMetric logProbability(long token) {
    return logits -> at(logits.changed().logSoftmax(-1), repeat(logits, token));
  }

  /**
   * How far the predictions are from those of the clean run: the Kullback-Leibler divergence of the
   * clean run's distribution from the changed one's, in nats; 0 if they are the same.
   */
  public static SweepMetric klFromClean() {
    return logits -> kl(logits.clean(), logits.changed());
  }

  /** {@link #klFromClean()} for the corrupted run. */
  public static SweepMetric klFromCorrupted() {
    return logits -> kl(logits.corrupted(), logits.changed());
  }

  private static Value<?> kl(Value<Axis> reference, Value<Axis> changed) {
    Value<Axis> expected = reference.logSoftmax(-1);
    return expected.exp().mul(expected.sub(changed.logSoftmax(-1))).sum(-1);
  }

  private static Value<?> difference(SweepLogits logits, long[] right, long[] wrong) {
    Value<Axis> changed = logits.changed();
    return at(changed, right).sub(at(changed, wrong));
  }

  /** One element of each row. */
  private static Value<Axis> at(Value<Axis> rows, long[] ids) {
    return rows.gather(1, rows.constant(Tensor.of(ids, ids.length, 1))).sum(-1);
  }

  private static long[] repeat(SweepLogits logits, String token) {
    return repeat(logits, logits.token(token));
  }

  private static long[] repeat(SweepLogits logits, long token) {
    return Collections.nCopies(logits.prompts(), token).stream()
        .mapToLong(Long::longValue)
        .toArray();
  }

  private static long[] ids(SweepLogits logits, List<String> tokens) {
    return checked(logits, tokens.stream().mapToLong(logits::token).toArray());
  }

  private static long[] checked(SweepLogits logits, long[] ids) {
    if (ids.length != logits.prompts()) {
      throw new IllegalArgumentException(
          "expected a token for each of %s, found %s"
              .formatted(Counted.of(logits.prompts(), "prompt"), ids.length));
    }
    return ids;
  }

  private static void given(Object... all) {
    for (Object each : all) {
      Objects.requireNonNull(each, "a token of the metric is null");
    }
  }
}
