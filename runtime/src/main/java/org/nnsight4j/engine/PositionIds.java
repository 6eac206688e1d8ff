package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;

/**
 * A model's keyword input {@code position_ids}, INT64 {@code [batch, position]}: the position of
 * each token. A write there changes {@link Pass#positions()} for everything that asks for it.
 */
public final class PositionIds {
  private final HookPoint tap;

  public PositionIds(Parts parts, String path) {
    this.tap = parts.output(path);
  }

  /** Shows the positions of a pass, and makes the pass use their replacement. */
  public NDArray show(Pass pass) {
    NDArray own = pass.positions();
    NDArray shown = tap.show(pass, own);
    if (shown != own) {
      pass.positions(shown);
    }
    return shown;
  }
}
