package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.family.Blueprint;

/** Layer normalisation over the last axis. */
public final class LayerNorm extends Module {
  private final NDArray weight;
  private final NDArray bias;
  private final double epsilon;

  public LayerNorm(Blueprint blueprint, String path, NDArray weight, NDArray bias, double epsilon) {
    super(blueprint, path);
    this.weight = weight;
    this.bias = bias;
    this.epsilon = epsilon;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    return pass.ops().call(pass.arena(), "layer_norm", input, weight, bias, epsilon);
  }
}
