package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.tensor.Tensor;

/**
 * Keys and values of the positions seen so far, {@code [batch, head, position, head_dim]} per
 * layer, in buffers of the full length, so that a step copies one position only.
 */
public final class KvCache implements AutoCloseable {
  private final Arena arena;
  private final int capacity;
  private final boolean gradients;
  private final @Nullable NDArray[] keys;
  private final @Nullable NDArray[] values;
  private final boolean[] @Nullable [][] missing;
  private final Map<Range, Held> lists = new HashMap<>();
  private int length;

  /**
   * An empty cache.
   *
   * @param capacity the most positions that it must hold
   * @param gradients whether the buffers must stay differentiable; then they are concatenated
   *     instead of filled
   */
  public KvCache(Arena parent, int layers, int capacity, boolean gradients) {
    this.arena = parent.child();
    this.capacity = capacity;
    this.gradients = gradients;
    this.keys = new NDArray[layers];
    this.values = new NDArray[layers];
    this.missing = new boolean[layers][][];
  }

  /** The number of positions before the current pass. */
  public int length() {
    return length;
  }

  /** Called after a pass over {@code positions} new positions. */
  public void advance(int positions) {
    length += positions;
  }

  /** Adds the keys of the new positions; returns those of all positions. */
  public NDArray keys(Pass pass, int layer, NDArray added) {
    return add(pass, keys, layer, added);
  }

  /** Adds the values of the new positions; returns those of all positions. */
  public NDArray values(Pass pass, int layer, NDArray added) {
    return add(pass, values, layer, added);
  }

  /**
   * Records that the current pass adds no keys and values to a layer for some rows, because their
   * module is skipped.
   *
   * @param begin the first of these rows
   * @param count how many there are
   * @param rows how many rows the pass has
   * @param positions how many positions the pass has
   */
  public void missing(int layer, int begin, int count, int rows, int positions) {
    boolean[][] gaps = missing[layer];
    if (gaps == null) {
      gaps = new boolean[rows][capacity];
      missing[layer] = gaps;
    }
    for (int row = begin; row < begin + count; row++) {
      Arrays.fill(gaps[row], length, length + positions, true);
    }
  }

  /**
   * An additive mask of the positions where a layer has no keys, {@code [batch, 1, 1, key]}; null
   * if it has all.
   *
   * @param added the positions of the current pass
   */
  @Nullable NDArray gaps(Pass pass, int layer, int added) {
    boolean[][] gaps = missing[layer];
    if (gaps == null) {
      return null;
    }
    int keys = length + added;
    float[] mask = new float[gaps.length * keys];
    for (int row = 0; row < gaps.length; row++) {
      for (int key = 0; key < keys; key++) {
        mask[row * keys + key] = gaps[row][key] ? Float.NEGATIVE_INFINITY : 0;
      }
    }
    return Transfer.toEngine(pass.arena(), Tensor.of(mask, gaps.length, 1, 1, keys));
  }

  /** A copy, because DJL returns the array inside its shape. */
  private static long[] lengths(NDArray array) {
    return array.getShape().getShape().clone();
  }

  /** Zeros for the positions that a differentiable buffer lacks; they are never attended to. */
  private @Nullable NDArray padded(Pass pass, @Nullable NDArray buffer, NDArray added) {
    long have = buffer == null ? 0 : buffer.getShape().get(2);
    if (have == length) {
      return buffer;
    }
    long[] shape = lengths(added);
    shape[2] = length - have;
    NDArray zeros = pass.ops().call(arena, "zeros_beside", added, shape);
    return buffer == null ? zeros : pass.ops().call(arena, "cache_join", buffer, zeros);
  }

  private NDArray add(Pass pass, @Nullable NDArray[] buffers, int layer, NDArray added) {
    TorchOps ops = pass.ops();
    NDArray buffer = gradients ? padded(pass, buffers[layer], added) : buffers[layer];
    if (gradients) {
      NDArray all =
          buffer == null
              ? ops.call(arena, "alias", added)
              : ops.call(arena, "cache_join", buffer, added);
      buffers[layer] = all;
      return all;
    }
    if (buffer == null) {
      long[] shape = lengths(added);
      shape[2] = capacity;
      buffer = ops.call(arena, "zeros_beside", added, shape);
      buffers[layer] = buffer;
      changed();
    }
    return ops.call(pass.arena(), "cache_put", buffer, added, (long) length);
  }

  /** Whether its buffers grow, because gradients flow through them. */
  boolean isDifferentiable() {
    return gradients;
  }

  /** Whether a layer lacks keys of some positions. */
  boolean hasGaps(int layer) {
    return missing[layer] != null;
  }

  /**
   * Makes the buffers of layers that have none yet.
   *
   * @param like an array of the type of keys
   * @param rows how many rows the pass has
   */
  void makeRoom(NDArray like, int layer, long rows, long heads, long width) {
    if (keys[layer] == null || values[layer] == null) {
      long[] shape = {rows, heads, capacity, width};
      keys[layer] = TorchOps.get().call(arena, "zeros_beside", like, shape);
      values[layer] = TorchOps.get().call(arena, "zeros_beside", like, shape);
      changed();
    }
  }

  /**
   * The buffers of consecutive layers, which all have one.
   *
   * @param values whether those of values, else of keys
   */
  Held buffers(int begin, int end, boolean values) {
    @Nullable NDArray[] all = values ? this.values : keys;
    return lists.computeIfAbsent(
        new Range(begin, end, values),
        range -> Held.arrays(Arrays.stream(all, begin, end).map(Objects::requireNonNull).toList()));
  }

  private record Range(int begin, int end, boolean values) {}

  private void changed() {
    lists.values().forEach(Held::close);
    lists.clear();
  }

  /** How many layers it is for. */
  int layers() {
    return keys.length;
  }

  /** The buffer of a layer; null if nothing was added to it. */
  @Nullable NDArray buffer(int layer, boolean ofValues) {
    return ofValues ? values[layer] : keys[layer];
  }

  /** Takes buffers that were filled elsewhere. */
  void fill(int layer, NDArray ofKeys, NDArray ofValues) {
    keys[layer] = ofKeys;
    values[layer] = ofValues;
  }

  /** Where its buffers live. */
  Arena arena() {
    return arena;
  }

  /** An empty cache of the same kind. */
  public KvCache another() {
    return new KvCache(arena, keys.length, capacity, gradients);
  }

  /** Some rows continue with the keys and values that another cache has for them. */
  public void take(KvCache other, boolean[] rows) {
    changed();
    long[] chosen = new long[rows.length];
    for (int row = 0; row < rows.length; row++) {
      chosen[row] = rows[row] ? 1 : 0;
    }
    try (NDArray mask = arena.longs(chosen, rows.length, 1, 1, 1)) {
      for (int layer = 0; layer < keys.length; layer++) {
        keys[layer] = taken(mask, keys[layer], other.keys[layer]);
        values[layer] = taken(mask, values[layer], other.values[layer]);
        boolean[][] gaps = missing[layer];
        for (int row = 0; gaps != null && row < rows.length; row++) {
          if (rows[row]) {
            Arrays.fill(gaps[row], false);
          }
        }
      }
    }
  }

  private @Nullable NDArray taken(NDArray mask, @Nullable NDArray own, @Nullable NDArray other) {
    if (other == null) {
      return own;
    }
    // Differentiable buffers have no room for later positions.
    long room = gradients ? length : capacity;
    NDArray begin = TorchOps.get().call(arena, "first_keys", other, room);
    return own == null ? begin : TorchOps.get().call(arena, "chosen_rows", mask, begin, own);
  }

  /**
   * Row {@code i} continues the earlier row {@code rows[i]}: for beams, and for several returned
   * sequences per row.
   */
  public void reorder(long[] rows) {
    changed();
    try (NDArray index = arena.longs(rows, rows.length)) {
      for (int layer = 0; layer < keys.length; layer++) {
        boolean[][] gaps = missing[layer];
        if (gaps != null) {
          missing[layer] =
              Arrays.stream(rows)
                  .mapToObj(row -> gaps[(int) row].clone())
                  .toArray(boolean[][]::new);
        }
        keys[layer] = reordered(keys[layer], index);
        values[layer] = reordered(values[layer], index);
      }
    }
  }

  private @Nullable NDArray reordered(@Nullable NDArray buffer, NDArray index) {
    if (buffer == null) {
      return null;
    }
    NDArray chosen = TorchOps.get().call(arena, "select_rows", buffer, index);
    buffer.close();
    return chosen;
  }

  @Override
  public void close() {
    changed();
    arena.close();
  }
}
