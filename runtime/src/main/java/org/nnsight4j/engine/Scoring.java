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
 * @param bothWays whether a query sees what comes after it, too
 */
public record Scoring(
    @Nullable Integer window,
    @Nullable Double cap,
    @Nullable NDArray sinks,
    @Nullable Alibi alibi,
    boolean bothWays) {
  /** The softmax of all earlier scores. */
  public static final Scoring PLAIN = new Scoring(null, null, null);

  /** The softmax of all scores, of earlier and of later positions. */
  public static final Scoring BOTH_WAYS = new Scoring(null, null, null, null, true);

  /** Of earlier scores. */
  public Scoring(
      @Nullable Integer window,
      @Nullable Double cap,
      @Nullable NDArray sinks,
      @Nullable Alibi alibi) {
    this(window, cap, sinks, alibi, false);
  }

  /** Without biases by position. */
  public Scoring(@Nullable Integer window, @Nullable Double cap, @Nullable NDArray sinks) {
    this(window, cap, sinks, null);
  }

  /** Whether no fused kernel computes it. */
  boolean needsSteps() {
    return cap != null || sinks != null;
  }

  /** What a query sees: null if all that comes before it, or all where it sees both ways. */
  @Nullable NDArray mask(Pass pass, long queries, long keys) {
    if (bothWays) {
      return pass.maskBothWays();
    }
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
