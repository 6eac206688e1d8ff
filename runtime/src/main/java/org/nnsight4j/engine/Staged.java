package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;

/**
 * A network whose forward pass can begin at any block: the same modules as in {@link
 * Network#forward}, one block at a time, so that rows can join a pass on its way.
 */
public interface Staged {
  /** The residual stream that the first block reads, {@code [batch, position, hidden]}. */
  NDArray embedded(Pass pass, NDArray ids);

  /** The residual stream after a block, from the one before it. */
  NDArray block(Pass pass, int layer, NDArray residual);

  /** Logits of each position of the residual stream after the last block. */
  NDArray logits(Pass pass, NDArray residual);
}
