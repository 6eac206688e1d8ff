package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;

/**
 * A model's keyword input {@code attention_mask}, INT64 {@code [batch, key]}: which positions of a
 * row are tokens. A write there changes what the pass attends to.
 */
public final class KeyMask {
  private final HookPoint tap;

  public KeyMask(Parts parts, String path) {
    this.tap = parts.output(path);
  }

  /** Shows the mask of a pass, and makes the pass use its replacement. */
  public void show(Pass pass) {
    if (!tap.listens(pass)) {
      return;
    }
    NDArray own = pass.keyMask();
    NDArray shown = tap.show(pass, own);
    if (shown != own) {
      pass.attendTo(shown);
    }
  }
}
