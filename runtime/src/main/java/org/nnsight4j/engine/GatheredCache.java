package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.tensor.Dim;

/**
 * A cache for rows of other caches, which may differ in length. Rows end in the same column, as
 * rows that were padded on the left do, so that a pass over them is a step of a padded batch.
 */
public final class GatheredCache {
  private GatheredCache() {}

  /**
   * One row of a cache.
   *
   * @param row its place there
   * @param length how many of the last positions there are its own; the others are padding
   */
  public record Row(KvCache cache, int row, int length) {}

  /**
   * Copies rows into a new cache.
   *
   * @param capacity the most positions that it must hold
   */
  public static KvCache of(Arena parent, List<Row> rows, int capacity) {
    int layers = rows.get(0).cache().layers();
    KvCache all = new KvCache(parent, layers, capacity, false);
    int length = rows.stream().mapToInt(Row::length).max().orElse(0);
    for (int layer = 0; layer < layers; layer++) {
      NDArray like = rows.get(0).cache().buffer(layer, false);
      if (like != null) {
        all.fill(
            layer,
            gathered(all, rows, layer, length, capacity, false),
            gathered(all, rows, layer, length, capacity, true));
      }
    }
    all.advance(length);
    return all;
  }

  private static NDArray gathered(
      KvCache all, List<Row> rows, int layer, int length, int capacity, boolean ofValues) {
    TorchOps ops = TorchOps.get();
    NDArray like = buffer(rows.get(0), layer, ofValues);
    long[] shape = like.getShape().getShape().clone();
    shape[0] = rows.size();
    shape[2] = capacity;
    // Zeros, because a number that is not one would pass the mask.
    NDArray made = ops.call(all.arena(), "zeros_beside", like, shape);
    for (int i = 0; i < rows.size(); i++) {
      Row row = rows.get(i);
      var unused =
          ops.number(
              "cache_move",
              made,
              (long) i,
              (long) length - row.length(),
              buffer(row, layer, ofValues),
              (long) row.row(),
              (long) row.cache().length() - row.length(),
              (long) row.length());
    }
    return made;
  }

  private static NDArray buffer(Row row, int layer, boolean ofValues) {
    NDArray buffer = row.cache().buffer(layer, ofValues);
    if (buffer == null) {
      throw new IllegalStateException("a row has no keys in layer " + layer);
    }
    return buffer;
  }

  /** The bytes of one position of one row in all layers. */
  public static long bytesOfPosition(KvCache cache) {
    long bytes = 0;
    for (int layer = 0; layer < cache.layers(); layer++) {
      bytes += bytes(cache.buffer(layer, false)) + bytes(cache.buffer(layer, true));
    }
    return bytes;
  }

  private static long bytes(@Nullable NDArray buffer) {
    if (buffer == null) {
      return 0;
    }
    long[] shape = buffer.getShape().getShape();
    return Dim.product(shape[1] * shape[3], Transfer.dtype(buffer).bytes());
  }
}
