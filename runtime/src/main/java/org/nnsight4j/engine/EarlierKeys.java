package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;

/**
 * Keys and values of positions before those of a pass, which the pass continues but does not
 * change: many rows can continue one row. It is asked once in each layer.
 */
public interface EarlierKeys {
  /**
   * The keys of all positions.
   *
   * @param layer the number of the layer in the cache
   * @param added keys of the pass's own positions, {@code [batch, head, position, head_dim]}
   */
  NDArray keys(Pass pass, int layer, NDArray added);

  /** The values of all positions, like {@link #keys}. */
  NDArray values(Pass pass, int layer, NDArray added);
}
