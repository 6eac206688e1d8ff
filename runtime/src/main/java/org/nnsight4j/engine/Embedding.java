package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;

/** One row of a matrix for each id. */
public final class Embedding extends Module {
  private final NDArray weight;
  private final @Nullable Double scale;
  private final long first;

  public Embedding(Blueprint blueprint, String path, NDArray weight) {
    this(blueprint, path, weight, null);
  }

  /**
   * An embedding.
   *
   * @param scale the factor for rows; null for none
   */
  public Embedding(Blueprint blueprint, String path, NDArray weight, @Nullable Double scale) {
    this(blueprint, path, weight, scale, 0);
  }

  /**
   * An embedding.
   *
   * @param first the row of id 0
   */
  public Embedding(
      Blueprint blueprint, String path, NDArray weight, @Nullable Double scale, long first) {
    super(blueprint, path);
    this.scale = scale;
    this.weight = weight;
    this.first = first;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray ids) {
    TorchOps ops = pass.ops();
    NDArray rows;
    if (scale != null) {
      rows = ops.call(pass.arena(), "scaled_embedding", weight, ids, scale);
    } else if (first != 0) {
      rows = ops.call(pass.arena(), "embedding_from", weight, ids, first);
    } else {
      rows = ops.call(pass.arena(), "embedding", weight, ids);
    }
    // Parameters are frozen, so gradients start here, at the output.
    return pass.gradients() ? ops.call(pass.arena(), "leaf", rows) : rows;
  }
}
