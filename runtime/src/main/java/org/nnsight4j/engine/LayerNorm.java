package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;

/** Layer normalisation over the last axis. */
public final class LayerNorm extends Module {
  private final @Nullable NDArray weight;
  private final @Nullable NDArray bias;
  private final double epsilon;

  /** With weight and bias, or with neither. */
  public LayerNorm(
      Blueprint blueprint,
      String path,
      @Nullable NDArray weight,
      @Nullable NDArray bias,
      double epsilon) {
    super(blueprint, path);
    this.weight = weight;
    this.bias = bias;
    this.epsilon = epsilon;
  }

  @Override
  protected Script.Value script(Script script, Script.Value input) {
    return weight == null || bias == null
        ? script.call("layer_norm_plain", input, epsilon)
        : script.call(
            "layer_norm", input, script.parameter(weight), script.parameter(bias), epsilon);
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    return weight == null || bias == null
        ? pass.ops().call(pass.arena(), "layer_norm_plain", input, epsilon)
        : pass.ops()
            .call(pass.arena(), "layer_norm", input, pass.own(weight), pass.own(bias), epsilon);
  }
}
