package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.family.Blueprint;

/** Normalisation by the root of the mean square over the last axis. */
public final class RmsNorm extends Module {
  private final NDArray weight;
  private final double epsilon;

  public RmsNorm(Blueprint blueprint, String path, NDArray weight, double epsilon) {
    super(blueprint, path);
    this.weight = weight;
    this.epsilon = epsilon;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    return pass.ops().call(pass.arena(), "rms_norm", input, weight, epsilon);
  }
}
