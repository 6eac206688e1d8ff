package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.values.WeightFormat;

/**
 * A matrix product whose matrix is kept in 16 bits for each number. Gradients flow through the same
 * rounded numbers, unpacked at each use.
 */
final class PackedLinear extends Module {
  private final Held packed;
  private final double exponent;
  private final @Nullable NDArray bias;

  /**
   * Packs a matrix.
   *
   * @param matrix {@code [out, in]}
   */
  PackedLinear(
      Blueprint blueprint,
      String path,
      WeightFormat format,
      NDArray matrix,
      @Nullable NDArray bias,
      Weights weights) {
    super(blueprint, path);
    this.bias = bias;
    TorchOps ops = TorchOps.get();
    this.exponent = ops.number("half_exponent", matrix);
    this.packed = ops.hold("half_packed", matrix, exponent, format == WeightFormat.BFLOAT16);
    weights.hold(packed, Short.BYTES * matrix.getShape().size());
  }

  @Override
  protected Script.Value script(Script script, Script.Value input) {
    Script.Value matrix = script.packed(packed);
    Script.Value product = script.call("half_product", input, matrix, exponent);
    return bias == null ? product : script.call("plus_bias", product, script.parameter(bias));
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    TorchOps ops = pass.ops();
    Arena arena = pass.arena();
    if (pass.gradients()) {
      NDArray matrix = ops.call(arena, "half_unpacked", packed, exponent);
      return bias == null
          ? ops.call(arena, "linear_no_bias", input, matrix)
          : ops.call(arena, "linear", input, matrix, bias);
    }
    NDArray product = ops.call(arena, "half_product", input, packed, exponent);
    return bias == null ? product : ops.call(arena, "plus_bias", product, bias);
  }
}
