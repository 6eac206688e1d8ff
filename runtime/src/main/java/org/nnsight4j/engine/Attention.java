package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/**
 * Attention of all heads, causal or in both directions, with the named inner sites {@code q},
 * {@code k}, {@code v}, {@code scores}, {@code pattern} and {@code z}, and {@code rotQ} and {@code
 * rotK} with rotary positions. It runs as one fused kernel, unless a hook reads or writes the
 * scores or the pattern: then this layer runs in steps. If there are fewer heads of keys and values
 * than of queries, neighbouring query heads share them.
 */
public final class Attention {
  private final int layer;
  private final double scale;
  private final @Nullable Rotary rotary;
  private final Scoring scoring;
  private final HookPoint q;
  private final HookPoint k;
  private final HookPoint v;
  private final HookPoint rotQ;
  private final HookPoint rotK;
  private final HookPoint scores;
  private final HookPoint pattern;
  private final HookPoint z;

  /**
   * The attention of one layer, without rotary positions.
   *
   * @param path the module that the sites belong to
   * @param layer its number in the cache
   * @param scale the factor for the products of queries and keys
   */
  public Attention(Parts parts, String path, int layer, double scale) {
    this(parts, path, layer, scale, null);
  }

  /**
   * The attention of one layer.
   *
   * @param rotary how rotary positions change queries and keys; null if there are none
   */
  public Attention(Parts parts, String path, int layer, double scale, @Nullable Rotary rotary) {
    this(parts, path, layer, scale, rotary, Scoring.PLAIN);
  }

  /**
   * The attention of one layer.
   *
   * @param scoring how scores become a pattern
   */
  public Attention(
      Parts parts, String path, int layer, double scale, @Nullable Rotary rotary, Scoring scoring) {
    this.scoring = scoring;
    this.layer = layer;
    parts.attention(path, layer);
    this.scale = scale;
    this.rotary = rotary;
    this.q = parts.output(path + ".q");
    this.k = parts.output(path + ".k");
    this.v = parts.output(path + ".v");
    this.rotQ = parts.output(path + ".rotQ");
    this.rotK = parts.output(path + ".rotK");
    this.scores = parts.output(path + ".scores");
    this.pattern = parts.output(path + ".pattern");
    this.z = parts.output(path + ".z");
  }

  /**
   * Declares the sites of one layer in the order in which {@link #mix} shows them.
   *
   * @param queries the shape of all heads' queries
   * @param keys the shape of all heads' keys, and of their values
   * @param rotates whether queries and keys have rotary positions
   */
  public static void declare(
      Blueprint.Builder tree, String path, Dims queries, Dims keys, boolean rotates) {
    Dims scores = Dims.of(queries.get(0), queries.get(1), queries.get(2), Dim.unknown(Dim.KEY));
    tree.innerValue(path + ".q", queries)
        .innerValue(path + ".k", keys)
        .innerValue(path + ".v", keys);
    if (rotates) {
      tree.innerValue(path + ".rotQ", queries).innerValue(path + ".rotK", keys);
    }
    tree.innerValue(path + ".scores", scores)
        .innerValue(path + ".pattern", scores)
        .innerValue(path + ".z", queries);
  }

  /**
   * The mixed values, {@code [batch, head, position, head_dim]}.
   *
   * @param newK keys of the pass's own positions; those of earlier positions are in its cache
   * @param newV values of the pass's own positions
   */
  public NDArray mix(Pass pass, NDArray newQ, NDArray newK, NDArray newV) {
    NDArray queries = q.show(pass, newQ);
    NDArray keys = k.show(pass, newK);
    NDArray values = withoutPadding(pass, v.show(pass, newV));
    if (rotary != null) {
      queries = rotQ.show(pass, rotary.turned(pass, queries));
      keys = rotK.show(pass, rotary.turned(pass, keys));
    }
    keys = withoutPadding(pass, keys);
    KvCache cache = pass.cache();
    if (cache != null) {
      keys = cache.keys(pass, layer, keys);
      values = cache.values(pass, layer, values);
    }
    EarlierKeys earlier = pass.earlier();
    if (earlier != null) {
      keys = earlier.keys(pass, layer, keys);
      values = earlier.values(pass, layer, values);
    }
    NDArray gaps = cache == null ? null : cache.gaps(pass, layer, (int) length(newK));
    NDArray absent = scoring.mask(pass, length(queries), length(keys));
    if (gaps != null) {
      // At earlier positions where the layer was skipped, there is nothing to attend to.
      NDArray plain = mask(pass, queries, keys, absent);
      absent = pass.ops().call(pass.arena(), TorchOps.scriptName("minimum"), plain, gaps);
    }
    boolean stepwise =
        gaps != null
            || scoring.needsSteps()
            || scores.listens(pass)
            || pattern.listens(pass)
            || pass.secondOrder();
    NDArray mixed =
        stepwise
            ? stepwise(pass, queries, keys, values, absent)
            : fused(pass, queries, keys, values, absent);
    return z.show(pass, mixed);
  }

  /** Whether queries and keys have rotary positions. */
  boolean turns() {
    return rotary != null;
  }

  @Nullable Rotary rotary() {
    return rotary;
  }

  Scoring scoring() {
    return scoring;
  }

  /** Its number in the cache. */
  int layer() {
    return layer;
  }

  /** The same as {@link #mix} as text. */
  Script.Value script(
      Script script,
      Script.Value q,
      Script.Value k,
      Script.Value v,
      Script.Attended shape,
      long heads) {
    Script.Facts facts = script.facts();
    Script.Value queries = q;
    Script.Value keys = k;
    Script.Value values = v;
    if (rotary != null) {
      queries = rotary.script(script, queries, shape.width());
      keys = rotary.script(script, keys, shape.width());
    }
    if (facts.padded()) {
      Script.Value padding = new Script.Value("padding");
      values = script.call("absent_positions", values, padding);
      keys = script.call("absent_positions", keys, padding);
    }
    if (facts.cached()) {
      Script.Value begin = new Script.Value("begin");
      keys = script.call("cache_put", new Script.Value("keys[layer]"), keys, begin);
      values = script.call("cache_put", new Script.Value("values[layer]"), values, begin);
    }
    boolean shared = heads != shape.heads();
    if (!facts.one() || !shared || scoring.needsSteps()) {
      if (shared) {
        keys = script.call("repeat_heads", keys, heads / shape.heads());
        values = script.call("repeat_heads", values, heads / shape.heads());
      }
      if (scoring.needsSteps()) {
        return scoring.script(script, queries, keys, values, scale);
      }
      String mask = facts.masked() ? "mask" : "None";
      boolean causal = !facts.masked() && !facts.one() && !scoring.bothWays();
      return script.line(mixed(queries, keys, values, mask, causal));
    }
    // The queries that share a key take the place of positions, so that no key is copied.
    String each = "%s, %s".formatted(shape.heads(), heads / shape.heads());
    Script.Value together =
        script.line(
            "torch.reshape(%s, [rows, %s, %s])".formatted(queries.name(), each, shape.width()));
    String mask = facts.masked() ? "mask" : "None";
    if (facts.masked() && scoring.alibi() != null) {
      mask =
          script
              .once(
                  "torch.reshape(mask, [torch.size(mask, 0), %s, torch.size(mask, 3)])"
                      .formatted(each))
              .name();
    }
    Script.Value mixed = script.line(mixed(together, keys, values, mask, false));
    return script.line(
        "torch.reshape(%s, [rows, %s, 1, %s])".formatted(mixed.name(), heads, shape.width()));
  }

  private String mixed(
      Script.Value queries, Script.Value keys, Script.Value values, String mask, boolean causal) {
    return "torch.scaled_dot_product_attention(%s, %s, %s, %s, 0., %s, scale=%s)"
        .formatted(
            queries.name(),
            keys.name(),
            values.name(),
            mask,
            Script.literal(causal),
            Script.literal(scale));
  }

  /** Padding has weight 0, but not every number times 0 is 0. */
  private static NDArray withoutPadding(Pass pass, NDArray heads) {
    NDArray mask = pass.mask();
    return mask == null || mask.getShape().get(3) != length(heads)
        ? heads
        : pass.ops().call(pass.arena(), "absent_positions", heads, mask);
  }

  private NDArray fused(
      Pass pass, NDArray queries, NDArray keys, NDArray values, @Nullable NDArray mask) {
    // One query sees all keys; several queries without earlier keys are a plain causal triangle.
    boolean one = length(queries) == 1 || scoring.bothWays();
    if (!one || heads(queries) == heads(keys)) {
      NDArray each = repeated(pass, keys, queries);
      return fused(pass, scale, queries, each, repeated(pass, values, queries), mask, one);
    }
    // The queries that share a key take the place of positions, so that no key is copied.
    long[] shape = queries.getShape().getShape();
    long[] shared = {shape[0], heads(keys), shape[1] / heads(keys), shape[3]};
    TorchOps ops = pass.ops();
    NDArray together = ops.call(pass.arena(), "reshape", queries, shared);
    NDArray seen = mask == null ? null : perQuery(pass, mask, shared);
    NDArray mixed = fused(pass, scale, together, keys, values, seen, true);
    return ops.call(pass.arena(), "reshape", mixed, shape);
  }

  /**
   * A mask that differs between heads, for queries that share a key and take the place of
   * positions.
   */
  private static NDArray perQuery(Pass pass, NDArray mask, long[] shared) {
    long[] shape = mask.getShape().getShape();
    return shape[1] == 1
        ? mask
        : pass.ops()
            .call(
                pass.arena(),
                "reshape",
                mask,
                new long[] {shape[0], shared[1], shared[2], shape[3]});
  }

  private static NDArray fused(
      Pass pass,
      double scale,
      NDArray queries,
      NDArray keys,
      NDArray values,
      @Nullable NDArray mask,
      boolean one) {
    if (mask != null) {
      return pass.ops().call(pass.arena(), "attention", queries, keys, values, mask, scale);
    }
    String kernel = one ? "attention_all" : "attention_causal";
    return pass.ops().call(pass.arena(), kernel, queries, keys, values, scale);
  }

  /** Keys or values, repeated for each query head that shares them. */
  private static NDArray repeated(Pass pass, NDArray shared, NDArray queries) {
    long times = heads(queries) / heads(shared);
    return times == 1 ? shared : pass.ops().call(pass.arena(), "repeat_heads", shared, times);
  }

  /**
   * Attention in steps. Hooks see padding as masked keys; what they write there is ignored.
   *
   * @param absent a mask of the keys that a row does not have; null if it has all
   */
  private NDArray stepwise(
      Pass pass, NDArray queries, NDArray keys, NDArray values, @Nullable NDArray absent) {
    TorchOps ops = pass.ops();
    NDArray each = repeated(pass, keys, queries);
    NDArray scored =
        scoring.bothWays() && absent == null
            ? ops.call(pass.arena(), "attention_scores_all", queries, each, scale)
            : scoring.scores(pass, queries, each, mask(pass, queries, keys, absent), scale);
    NDArray shown = scores.show(pass, scored);
    if (absent != null) {
      shown = ops.call(pass.arena(), "absent", shown, absent, Double.NEGATIVE_INFINITY);
    }
    NDArray weights = pattern.show(pass, scoring.pattern(pass, shown));
    if (absent != null) {
      weights = ops.call(pass.arena(), "absent", weights, absent, 0.0);
    }
    NDArray mixed = repeated(pass, values, queries);
    return ops.call(pass.arena(), "attention_z", weights, mixed);
  }

  private static NDArray mask(Pass pass, NDArray queries, NDArray keys, @Nullable NDArray padded) {
    if (padded != null) {
      return padded;
    }
    NDArray lengths = pass.arena().longs(new long[] {length(keys)}, 1);
    return pass.ops().call(pass.arena(), "padding_mask", lengths, length(queries), length(keys));
  }

  private static long heads(NDArray heads) {
    return heads.getShape().get(1);
  }

  private static long length(NDArray heads) {
    return heads.getShape().get(2);
  }
}
