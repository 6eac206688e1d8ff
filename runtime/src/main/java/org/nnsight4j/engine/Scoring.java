package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * How scores become a pattern, where that is not the softmax of all earlier ones.
 *
 * @param window how many keys a query sees, the newest of them its own; null for all
 * @param cap no score is larger: {@code cap * tanh(score / cap)}; null for none
 * @param sinks one score for each head, {@code [head]}, that takes weight and gives nothing; null
 *     for none
 * @param alibi what is added by the positions of keys; null for nothing
 */
public record Scoring(
    @Nullable Integer window,
    @Nullable Double cap,
    @Nullable NDArray sinks,
    @Nullable Alibi alibi) {
  /** The softmax of all earlier scores. */
  public static final Scoring PLAIN = new Scoring(null, null, null);

  /** Without biases by position. */
  public Scoring(@Nullable Integer window, @Nullable Double cap, @Nullable NDArray sinks) {
    this(window, cap, sinks, null);
  }

  /** Whether no fused kernel computes it. */
  boolean needsSteps() {
    return cap != null || sinks != null;
  }

  /** What a query sees: null if all that comes before it. */
  @Nullable NDArray mask(Pass pass, long queries, long keys) {
    if (alibi != null) {
      return pass.biased(alibi, queries, keys);
    }
    return window == null || keys <= window ? pass.mask() : pass.windowed(window, queries, keys);
  }

  NDArray scores(Pass pass, NDArray queries, NDArray keys, NDArray mask, double scale) {
    TorchOps ops = pass.ops();
    return cap == null
        ? ops.call(pass.arena(), "attention_scores", queries, keys, mask, scale)
        : ops.call(pass.arena(), "attention_scores_capped", queries, keys, mask, scale, cap);
  }

  NDArray pattern(Pass pass, NDArray scores) {
    TorchOps ops = pass.ops();
    return sinks == null
        ? ops.call(pass.arena(), "attention_pattern", scores)
        : ops.call(pass.arena(), "attention_pattern_sinks", scores, sinks);
  }
}
