package org.nnsight4j.sweep;

import org.nnsight4j.values.Value;

/**
 * What a sweep measures: one number for each prompt, recorded from logits, as in {@code logits ->
 * logits.changed().get(":, 17")}. A prompt's number may depend on the logits of that prompt alone;
 * {@link Metrics} has the usual ones.
 */
public interface SweepMetric {
  /**
   * Records the metric.
   *
   * @return {@code [prompt]}
   */
  Value<?> of(SweepLogits logits);
}
