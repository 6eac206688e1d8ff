package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.DType;

/** One row of a matrix for each id. */
public final class Embedding extends Module {
  private final NDArray weight;
  private final long dtype;
  private final @Nullable Double scale;
  private final long first;

  /** An embedding whose rows have the type of its matrix. */
  public Embedding(Blueprint blueprint, String path, NDArray weight) {
    this(blueprint, path, weight, Transfer.dtype(weight), null, 0);
  }

  /**
   * An embedding.
   *
   * @param dtype of the rows that it gives
   * @param scale the factor for rows; null for none
   * @param first the row of id 0
   */
  Embedding(
      Blueprint blueprint,
      String path,
      NDArray weight,
      DType dtype,
      @Nullable Double scale,
      long first) {
    super(blueprint, path);
    this.dtype = Transfer.code(dtype);
    this.scale = scale;
    this.weight = weight;
    this.first = first;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray ids) {
    TorchOps ops = pass.ops();
    NDArray matrix = pass.own(weight);
    NDArray rows;
    if (scale != null) {
      rows = ops.call(pass.arena(), "scaled_embedding", matrix, ids, dtype, scale);
    } else if (first != 0) {
      rows = ops.call(pass.arena(), "embedding_from", matrix, ids, dtype, first);
    } else {
      rows = ops.call(pass.arena(), "embedding", matrix, ids, dtype);
    }
    // The model's parameters are frozen, so gradients start here, at the output; those to a run's
    // own parameters flow on.
    return pass.gradients() ? ops.call(pass.arena(), "traced", rows) : rows;
  }
}
