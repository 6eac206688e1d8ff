package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * Causal attention of all heads, with the named inner sites {@code q}, {@code k}, {@code v}, {@code
 * scores}, {@code pattern} and {@code z}. It runs as one fused kernel, unless somebody listens to
 * the scores or the pattern: then this layer runs in steps.
 */
public final class Attention {
  private final int layer;
  private final double scale;
  private final Tap q;
  private final Tap k;
  private final Tap v;
  private final Tap scores;
  private final Tap pattern;
  private final Tap z;

  /**
   * The attention of one layer.
   *
   * @param path the module that the sites belong to
   * @param layer its number in the cache
   * @param scale what the products of queries and keys are multiplied with
   */
  public Attention(Parts parts, String path, int layer, double scale) {
    this.layer = layer;
    parts.attention(path, layer);
    this.scale = scale;
    this.q = parts.output(path + ".q");
    this.k = parts.output(path + ".k");
    this.v = parts.output(path + ".v");
    this.scores = parts.output(path + ".scores");
    this.pattern = parts.output(path + ".pattern");
    this.z = parts.output(path + ".z");
  }

  /**
   * The mixed values, {@code [batch, head, position, head_dim]}.
   *
   * @param newK keys of the pass's own positions; those of earlier ones are in its cache
   * @param newV values of the pass's own positions
   */
  public NDArray mix(Pass pass, NDArray newQ, NDArray newK, NDArray newV) {
    NDArray queries = q.show(pass, newQ);
    NDArray keys = withoutPadding(pass, k.show(pass, newK));
    NDArray values = withoutPadding(pass, v.show(pass, newV));
    KvCache cache = pass.cache();
    if (cache != null) {
      keys = cache.keys(pass, layer, keys);
      values = cache.values(pass, layer, values);
    }
    NDArray gaps = cache == null ? null : cache.gaps(pass, layer, (int) length(newK));
    NDArray absent = pass.mask();
    if (gaps != null) {
      // Where the layer was skipped at earlier positions, there is nothing to attend to.
      NDArray plain = mask(pass, queries, keys, absent);
      absent = pass.ops().call(pass.arena(), TorchOps.scriptName("minimum"), plain, gaps);
    }
    boolean stepwise =
        gaps != null || scores.listens(pass) || pattern.listens(pass) || pass.secondOrder();
    NDArray mixed =
        stepwise
            ? stepwise(pass, queries, keys, values, absent)
            : fused(pass, queries, keys, values);
    return z.show(pass, mixed);
  }

  /** What is at padding has no weight, but not every number times 0 is 0. */
  private static NDArray withoutPadding(Pass pass, NDArray heads) {
    NDArray mask = pass.mask();
    return mask == null || mask.getShape().get(3) != length(heads)
        ? heads
        : pass.ops().call(pass.arena(), "absent_positions", heads, mask);
  }

  private NDArray fused(Pass pass, NDArray queries, NDArray keys, NDArray values) {
    NDArray mask = pass.mask();
    if (mask != null) {
      return pass.ops().call(pass.arena(), "attention", queries, keys, values, mask, scale);
    }
    // One query sees all keys; several queries without earlier keys are a plain causal triangle.
    String kernel = length(queries) == 1 ? "attention_all" : "attention_causal";
    return pass.ops().call(pass.arena(), kernel, queries, keys, values, scale);
  }

  /**
   * Attention in steps. What listens sees padding as keys that are not to be seen; what it writes
   * there is not used.
   *
   * @param absent a mask that says which keys a row does not have; null if it has all
   */
  private NDArray stepwise(
      Pass pass, NDArray queries, NDArray keys, NDArray values, @Nullable NDArray absent) {
    TorchOps ops = pass.ops();
    NDArray mask = mask(pass, queries, keys, absent);
    NDArray scored = ops.call(pass.arena(), "attention_scores", queries, keys, mask, scale);
    NDArray shown = scores.show(pass, scored);
    if (absent != null) {
      shown = ops.call(pass.arena(), "absent", shown, absent, Double.NEGATIVE_INFINITY);
    }
    NDArray weights = pattern.show(pass, ops.call(pass.arena(), "attention_pattern", shown));
    if (absent != null) {
      weights = ops.call(pass.arena(), "absent", weights, absent, 0.0);
    }
    return ops.call(pass.arena(), "attention_z", weights, values);
  }

  private static NDArray mask(Pass pass, NDArray queries, NDArray keys, @Nullable NDArray padded) {
    if (padded != null) {
      return padded;
    }
    NDArray lengths = pass.arena().longs(new long[] {length(keys)}, 1);
    return pass.ops().call(pass.arena(), "padding_mask", lengths, length(queries), length(keys));
  }

  private static long length(NDArray heads) {
    return heads.getShape().get(2);
  }
}
