package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.family.Blueprint;

/** Normalisation by the root of the mean square over the last axis. */
public final class RmsNorm extends Module {
  private final NDArray weight;
  private final double epsilon;
  private final boolean plusOne;

  public RmsNorm(Blueprint blueprint, String path, NDArray weight, double epsilon) {
    this(blueprint, path, weight, epsilon, false);
  }

  /**
   * A normalisation.
   *
   * @param plusOne whether rows are multiplied by {@code 1 + weight}, as in Gemma
   */
  public RmsNorm(
      Blueprint blueprint, String path, NDArray weight, double epsilon, boolean plusOne) {
    super(blueprint, path);
    this.plusOne = plusOne;
    this.weight = weight;
    this.epsilon = epsilon;
  }

  @Override
  protected Script.Value script(Script script, Script.Value input) {
    Script.Value factors = script.parameter(weight);
    return script.call(plusOne ? "rms_norm_plus_one" : "rms_norm", input, factors, epsilon);
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    String kernel = plusOne ? "rms_norm_plus_one" : "rms_norm";
    return pass.ops().call(pass.arena(), kernel, input, pass.own(weight), epsilon);
  }
}
