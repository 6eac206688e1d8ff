package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;

/**
 * A matrix product with an optional bias. Every linear layer of every network goes through {@link
 * #product}, because the fastest form depends on shape and row count.
 */
public final class Linear extends Module {
  /** How the checkpoint stores the matrix. */
  public enum Layout {
    /** {@code [out, in]}, as in torch.nn.Linear. */
    OUT_IN,
    /** {@code [in, out]}, as in GPT-2's Conv1D. */
    IN_OUT
  }

  private final Layout layout;
  private final NDArray weight;
  private final @Nullable NDArray bias;

  public Linear(
      Blueprint blueprint, String path, Layout layout, NDArray weight, @Nullable NDArray bias) {
    super(blueprint, path);
    this.layout = layout;
    this.weight = weight;
    this.bias = bias;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    return product(pass, layout, input, weight, bias);
  }

  /** A product with a matrix {@code [out, in]} that belongs to no module. */
  static NDArray outIn(Pass pass, NDArray input, NDArray weight, @Nullable NDArray bias) {
    return product(pass, Layout.OUT_IN, input, weight, bias);
  }

  private static NDArray product(
      Pass pass, Layout layout, NDArray input, NDArray matrix, @Nullable NDArray added) {
    NDArray weight = pass.own(matrix);
    NDArray bias = added == null ? null : pass.own(added);
    TorchOps ops = pass.ops();
    if (pass.parts() > 1) {
      long parts = pass.parts();
      String kernel = layout == Layout.IN_OUT ? "conv1d_parts" : "linear_parts";
      return bias == null
          ? ops.call(pass.arena(), kernel + "_no_bias", input, weight, parts)
          : ops.call(pass.arena(), kernel, input, weight, bias, parts);
    }
    if (bias == null) {
      if (layout == Layout.IN_OUT) {
        return ops.call(pass.arena(), "conv1d_no_bias", input, weight);
      }
      return ops.call(pass.arena(), "linear_no_bias", input, weight);
    }
    String kernel = layout == Layout.IN_OUT ? "conv1d" : "linear";
    return ops.call(pass.arena(), kernel, input, weight, bias);
  }
}
