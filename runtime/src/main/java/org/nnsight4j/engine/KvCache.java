package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

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
  private int length;

  /**
   * An empty cache.
   *
   * @param capacity the most positions that it must hold
   * @param gradients whether the buffers must stay differentiable; then they are joined, not filled
   */
  public KvCache(Arena parent, int layers, int capacity, boolean gradients) {
    this.arena = parent.child();
    this.capacity = capacity;
    this.gradients = gradients;
    this.keys = new NDArray[layers];
    this.values = new NDArray[layers];
  }

  /** The number of positions before the current pass. */
  public int length() {
    return length;
  }

  /** Called after a pass over {@code positions} new positions. */
  public void advance(int positions) {
    length += positions;
  }

  /** Adds the keys of the new positions; gives those of all positions. */
  public NDArray keys(Pass pass, int layer, NDArray added) {
    return add(pass, keys, layer, added);
  }

  /** Adds the values of the new positions; gives those of all positions. */
  public NDArray values(Pass pass, int layer, NDArray added) {
    return add(pass, values, layer, added);
  }

  private NDArray add(Pass pass, @Nullable NDArray[] buffers, int layer, NDArray added) {
    TorchOps ops = pass.ops();
    NDArray buffer = buffers[layer];
    if (gradients) {
      NDArray all =
          buffer == null
              ? ops.call(arena, "alias", added)
              : ops.call(arena, "cache_join", buffer, added);
      buffers[layer] = all;
      return all;
    }
    if (buffer == null) {
      long[] shape = added.getShape().getShape();
      shape[2] = capacity;
      buffer = ops.call(arena, "empty", 6L, shape);
      buffers[layer] = buffer;
    }
    return ops.call(pass.arena(), "cache_put", buffer, added, (long) length);
  }

  /**
   * Row {@code i} goes on as the earlier row {@code rows[i]}: beams, and several returns per row.
   */
  public void reorder(long[] rows) {
    try (NDArray index = arena.longs(rows, rows.length)) {
      for (int layer = 0; layer < keys.length; layer++) {
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
    arena.close();
  }
}
