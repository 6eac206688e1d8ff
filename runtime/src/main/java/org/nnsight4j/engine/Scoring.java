package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * How scores become a pattern, if not by the softmax of all earlier ones.
 *
 * @param window how many keys a query sees, the newest of them its own; null for all
 * @param cap the bound in {@code cap * tanh(score / cap)}; null for none
 * @param sinks one score for each head, {@code [head]}, that takes weight and adds nothing; null
 *     for none
 * @param alibi the biases for the positions of keys; null for none
 * @param bothWays whether a query also sees the keys after it
 */
public record Scoring(
    @Nullable Integer window,
    @Nullable Double cap,
    @Nullable NDArray sinks,
    @Nullable Alibi alibi,
    boolean bothWays) {
  /** Larger than all numbers of the type, so that it is read as infinity. */
  private static final Script.Value NEGATIVE_INFINITY = new Script.Value("-1e999");

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

  /** Whether it must run in steps, because no fused kernel computes it. */
  boolean needsSteps() {
    return cap != null || sinks != null;
  }

  /**
   * The mask of the keys that a query sees; null if it sees all before it, or all keys both ways.
   */
  @Nullable NDArray mask(Pass pass, long queries, long keys) {
    if (bothWays) {
      return pass.maskBothWays();
    }
    if (alibi != null) {
      return pass.biased(alibi, queries, keys);
    }
    return window == null || keys <= window ? pass.mask() : pass.windowed(window, queries, keys);
  }

  /** Whether both have the same mask in every pass. */
  boolean masksLike(Scoring other) {
    return Objects.equals(window, other.window)
        && alibi == other.alibi
        && bothWays == other.bothWays;
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
        : ops.call(pass.arena(), "attention_pattern_sinks", scores, pass.own(sinks));
  }

  /** Attention from scores, pattern and values one after the other, as text. */
  Script.Value script(
      Script script, Script.Value queries, Script.Value keys, Script.Value values, double scale) {
    Script.Facts facts = script.facts();
    String length = facts.cached() ? "torch.add(begin, length)" : "length";
    Script.Value mask =
        facts.masked()
            ? new Script.Value("mask")
            : script.once(
                "(self).padding_mask(torch.full([1], %s, dtype=4), length, %s, )"
                    .formatted(length, length));
    Script.Value scores =
        cap == null
            ? script.call("attention_scores", queries, keys, mask, scale)
            : script.call("attention_scores_capped", queries, keys, mask, scale, cap);
    if (facts.masked()) {
      scores = script.call("absent", scores, mask, NEGATIVE_INFINITY);
    }
    Script.Value weights =
        sinks == null
            ? script.call("attention_pattern", scores)
            : script.call("attention_pattern_sinks", scores, script.parameter(sinks));
    if (facts.masked()) {
      weights = script.call("absent", weights, mask, 0.0);
    }
    return script.call("attention_z", weights, values);
  }
}
