package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * One forward pass in progress: its listeners, the arena of its results, masks, positions and the
 * cache. Used by one thread.
 */
public final class Pass {
  private final Taps taps;
  private final int derivatives;
  private final @Nullable Geometry geometry;
  private final Map<Rotary, Rotary.Tables> rotations = new HashMap<>();
  private final Map<Integer, Windowed> windows = new HashMap<>();
  private final Map<Alibi, Windowed> biases = new HashMap<>();
  private final Arena whole;
  private @Nullable NDArray positions;
  private @Nullable NDArray mask;
  private @Nullable NDArray attended;
  private @Nullable NDArray tokenTypes;
  private @Nullable Map<NDArray, NDArray> parameters;
  private final @Nullable KvCache cache;
  private final boolean lastPositionOnly;
  private final int parts;
  private Arena arena;
  private int together;
  private @Nullable EarlierKeys earlier;
  private BlockTexts.@Nullable InPass blocks;

  /**
   * The rows of a pass.
   *
   * @param lengths how many tokens each row has so far, without padding
   * @param positions how many positions the pass computes
   * @param keys how many positions it attends to
   */
  @SuppressWarnings("ArrayRecordComponent") // Instances are never compared.
  public record Geometry(long[] lengths, int positions, int keys) {}

  /**
   * Starts a pass.
   *
   * @param arena where results live
   * @param geometry its rows; null for a module that is applied to a value
   * @param positions the position of each token in its own row, INT64 {@code [batch, position]};
   *     null for a module that is applied to a value and needs none
   * @param mask additive, {@code [batch, 1, position, key]}; null for a plain causal pass
   * @param cache keys and values of earlier passes, or null
   * @param lastPositionOnly whether only the last position's logits are needed
   * @param derivatives how often operations must be differentiable: 0, 1 or 2 times
   */
  public Pass(
      Taps taps,
      Arena arena,
      @Nullable Geometry geometry,
      @Nullable NDArray positions,
      @Nullable NDArray mask,
      @Nullable KvCache cache,
      boolean lastPositionOnly,
      int derivatives) {
    this(taps, arena, geometry, positions, mask, cache, lastPositionOnly, derivatives, 1);
  }

  private Pass(
      Taps taps,
      Arena arena,
      @Nullable Geometry geometry,
      @Nullable NDArray positions,
      @Nullable NDArray mask,
      @Nullable KvCache cache,
      boolean lastPositionOnly,
      int derivatives,
      int parts) {
    this.parts = parts;
    this.taps = taps;
    this.arena = arena;
    this.whole = arena;
    this.geometry = geometry;
    this.positions = positions;
    this.mask = mask;
    this.cache = cache;
    this.lastPositionOnly = lastPositionOnly;
    this.derivatives = derivatives;
  }

  /**
   * A plain causal pass over the rows of several runs, all of one length.
   *
   * @param parts the number of equal parts into which the rows of each matrix product are split;
   *     with one part for each run, a product adds in the same order as in that run alone
   * @param lastPositionOnly whether only the last position's logits are needed
   */
  public static Pass shared(
      Taps taps,
      Arena arena,
      Geometry geometry,
      NDArray positions,
      int parts,
      boolean lastPositionOnly) {
    return new Pass(taps, arena, geometry, positions, null, null, lastPositionOnly, 0, parts);
  }

  /** The number of parts into which the rows of a matrix product are split. */
  int parts() {
    return parts;
  }

  public TorchOps ops() {
    return TorchOps.get();
  }

  public Arena arena() {
    return arena;
  }

  public @Nullable NDArray mask() {
    return mask;
  }

  /**
   * The mask that all queries share, {@code [batch, 1, 1, key]}; null if nothing is hidden. It is
   * that of the last query, which is never padding and comes after all others.
   */
  @Nullable NDArray maskBothWays() {
    return mask == null ? null : ops().call(arena, "last_query", mask);
  }

  /** Attends to other keys from here on, {@code [batch, key]}, but never to padding. */
  void attendTo(NDArray keys) {
    attended = keys;
    try (NDArray lengths = arena.longs(geometry().lengths(), geometry().lengths().length)) {
      mask = ops().call(arena, "mask_of_keys", keys, lengths, (long) columns());
    }
  }

  private Geometry geometry() {
    if (geometry == null) {
      throw new IllegalStateException("a module that is applied to a value has no rows");
    }
    return geometry;
  }

  /** A mask that also hides keys further back than a window; the same for all layers. */
  NDArray windowed(int window, long queries, long keys) {
    Windowed known = windows.get(window);
    if (known == null || known.base() != mask || known.keys() != keys) {
      NDArray seen = seen(queries, keys);
      NDArray near = ops().call(whole, "window_mask", seen, queries, keys, (long) window);
      known = new Windowed(mask, keys, near);
      windows.put(window, known);
    }
    return known.near();
  }

  /** The mask of a pass; for a plain causal pass, it is made here. */
  private NDArray seen(long queries, long keys) {
    if (mask != null) {
      return mask;
    }
    try (NDArray lengths = whole.longs(new long[] {keys}, 1)) {
      return ops().call(whole, "padding_mask", lengths, queries, keys);
    }
  }

  /** A mask with biases that depend on the positions of keys; the same for all layers. */
  NDArray biased(Alibi alibi, long queries, long keys) {
    Windowed known = biases.get(alibi);
    if (known == null || known.base() != mask || known.keys() != keys) {
      NDArray places = ops().call(whole, "key_places", attended(keys));
      NDArray all = alibi.added(ops(), whole, seen(queries, keys), places);
      known = new Windowed(mask, keys, all);
      biases.put(alibi, known);
    }
    return known.near();
  }

  /** The keys that are attended to; a module that is applied to a value attends to all. */
  private NDArray attended(long keys) {
    if (attended != null) {
      return attended;
    }
    try (NDArray lengths =
        geometry == null
            ? whole.longs(new long[] {keys}, 1)
            : whole.longs(geometry.lengths(), geometry.lengths().length)) {
      return ops().call(whole, "real_keys", lengths, keys);
    }
  }

  private record Windowed(@Nullable NDArray base, long keys, NDArray near) {}

  /** How many positions the pass computes. */
  int columns() {
    return geometry().positions();
  }

  /** The position of each token in its own row, INT64 {@code [batch, position]}; padding has 0. */
  public NDArray positions() {
    if (positions == null) {
      throw new IllegalStateException(
          "a module whose blueprint has no attention inside asks for positions");
    }
    return positions;
  }

  /** States which text of a pair each token belongs to, {@code [batch, position]}. */
  public void takeTokenTypes(NDArray types) {
    tokenTypes = types;
  }

  /** Which text of a pair each token belongs to; the first unless stated otherwise. */
  NDArray tokenTypes(NDArray ids) {
    return tokenTypes == null ? ops().call(arena, "of_first_text", ids) : tokenTypes;
  }

  /**
   * States which arrays modules use instead of their parameters.
   *
   * @param others by the parameters' own arrays; null for none
   */
  public void useParameters(@Nullable Map<NDArray, NDArray> others) {
    parameters = others;
  }

  /** What a module uses for one of its parameters in this pass. */
  NDArray own(NDArray parameter) {
    NDArray other = parameters == null ? null : parameters.get(parameter);
    return other == null ? parameter : other;
  }

  /** Changes the positions of tokens from here on. */
  void positions(NDArray other) {
    positions = other;
  }

  /** The rotary tables of this pass, which are made once. */
  Rotary.Tables rotation(Rotary rotary) {
    Rotary.Tables known = rotations.get(rotary);
    return known != null ? known : rotation(rotary, rotary.tables(this, whole));
  }

  /** Uses other rotary tables from here on. */
  Rotary.Tables rotation(Rotary rotary, Rotary.Tables tables) {
    rotations.put(rotary, tables);
    return tables;
  }

  /** Which positions of each row are tokens, INT64 {@code [batch, key]}. */
  NDArray keyMask() {
    Geometry rows = geometry();
    try (NDArray lengths = arena.longs(rows.lengths(), rows.lengths().length)) {
      return ops().call(arena, "real_keys", lengths, (long) rows.keys());
    }
  }

  public @Nullable KvCache cache() {
    return cache;
  }

  /** Continues the positions of other rows, whose keys and values stay as they are. */
  public void continues(EarlierKeys keys) {
    earlier = keys;
  }

  @Nullable EarlierKeys earlier() {
    return earlier;
  }

  public boolean gradients() {
    return derivatives > 0;
  }

  /** Whether gradients are differentiated again, which fused kernels do not support. */
  boolean secondOrder() {
    return derivatives > 1;
  }

  /** Whether no logits of earlier positions are read or returned. */
  public boolean lastPositionOnly() {
    return lastPositionOnly;
  }

  /** Whether nothing but the listeners can keep a block from running as one kernel. */
  boolean canRunBlocks() {
    return !gradients()
        && parameters == null
        && earlier == null
        && geometry != null
        && arena.device().isHost()
        && (cache == null || !cache.isDifferentiable());
  }

  /** What was found out about the blocks in this pass, or null. */
  BlockTexts.@Nullable InPass blocks() {
    return blocks;
  }

  void blocks(BlockTexts.InPass found) {
    blocks = found;
  }

  /** Counts blocks that ran as part of one kernel. */
  void ranAsOne(int blocks) {
    together += blocks;
  }

  /** How many blocks did not run in steps so far. */
  public int blocksAsOne() {
    return together;
  }

  /** How many rows the pass has. */
  int rows() {
    return geometry().lengths().length;
  }

  /** How many positions the pass attends to. */
  int keys() {
    return geometry().keys();
  }

  Taps taps() {
    return taps;
  }

  /** Whether the rest of the pass is not needed. */
  public boolean done() {
    return taps.done();
  }

  /** Runs a part of the network whose intermediate results are freed when it ends. */
  public NDArray scoped(Supplier<NDArray> part) {
    if (gradients() && (cache != null || secondOrder())) {
      // Later passes need the intermediate results.
      return part.get();
    }
    // Of these, libtorch keeps what the way back needs.
    Arena outer = arena;
    try (Arena inner = outer.child()) {
      arena = inner;
      return outer.keep(part.get());
    } finally {
      arena = outer;
    }
  }
}
