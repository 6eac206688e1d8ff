package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;

/** One row of a matrix for each id. */
public final class Embedding extends Module {
  private final NDArray weight;
  private final @Nullable Double scale;

  public Embedding(Blueprint blueprint, String path, NDArray weight) {
    this(blueprint, path, weight, null);
  }

  /**
   * An embedding.
   *
   * @param scale what rows are multiplied with; null if they stay as they are
   */
  public Embedding(Blueprint blueprint, String path, NDArray weight, @Nullable Double scale) {
    super(blueprint, path);
    this.scale = scale;
    this.weight = weight;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray ids) {
    TorchOps ops = pass.ops();
    NDArray rows =
        scale == null
            ? ops.call(pass.arena(), "embedding", weight, ids)
            : ops.call(pass.arena(), "scaled_embedding", weight, ids, scale);
    // Parameters are frozen, so gradients must start somewhere: at what the ids become.
    return pass.gradients() ? ops.call(pass.arena(), "leaf", rows) : rows;
  }
}
