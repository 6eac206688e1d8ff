package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.family.Blueprint;

/** One row of a matrix for each id. */
public final class Embedding extends Module {
  private final NDArray weight;

  public Embedding(Blueprint blueprint, String path, NDArray weight) {
    super(blueprint, path);
    this.weight = weight;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray ids) {
    NDArray rows = pass.ops().call(pass.arena(), "embedding", weight, ids);
    // Parameters are frozen, so gradients must start somewhere: at what the ids become.
    return pass.gradients() ? pass.ops().call(pass.arena(), "leaf", rows) : rows;
  }
}
