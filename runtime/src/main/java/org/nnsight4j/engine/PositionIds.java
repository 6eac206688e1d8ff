package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;

/**
 * A model's keyword input {@code position_ids}, INT64 {@code [batch, position]}: where each token
 * stands. What is written there decides where all that asks {@link Pass#positions()} sees it.
 */
public final class PositionIds {
  private final HookPoint tap;

  public PositionIds(Parts parts, String path) {
    this.tap = parts.output(path);
  }

  /** Shows the positions of a pass, and makes the pass use what they were replaced with. */
  public NDArray show(Pass pass) {
    NDArray own = pass.positions();
    NDArray shown = tap.show(pass, own);
    if (shown != own) {
      pass.positions(shown);
    }
    return shown;
  }
}
