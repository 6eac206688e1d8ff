package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;

/**
 * A matrix product whose matrix is kept as whole numbers of one byte and a factor for each output.
 * Gradients flow through the same rounded numbers, unpacked at each use.
 */
final class ByteLinear extends Module {
  private final long width;
  private final NDArray factors;

  /** The numbers as {@link ByteKernels} reads them. */
  private final NDArray table;

  /** The numbers of the table's rows. */
  private final NDArray counted;

  private final @Nullable NDArray bias;

  /**
   * Rounds a matrix.
   *
   * @param matrix {@code [out, in]}
   */
  ByteLinear(
      Blueprint blueprint, String path, NDArray matrix, @Nullable NDArray bias, Weights weights) {
    super(blueprint, path);
    this.bias = bias;
    this.width = matrix.getShape().get(1);
    this.factors = weights.own("byte_factors", matrix);
    this.table = weights.own("byte_packed", matrix, factors);
    this.counted = weights.counted(table.getShape().get(0));
  }

  @Override
  protected Script.Value script(Script script, Script.Value input) {
    Script.Value numbers = script.parameter(table);
    Script.Value each = script.parameter(counted);
    Script.Value scales = script.parameter(factors);
    Script.Value product =
        script.facts().isOneToken()
            ? script.line(
                ByteKernels.oneToken(
                    script,
                    input,
                    numbers,
                    each,
                    scales,
                    width,
                    counted.getShape().get(0),
                    factors.getShape().get(0)))
            : script.call("byte_product", input, numbers, each, scales, script.facts().parts());
    return bias == null ? product : script.call("plus_bias", product, script.parameter(bias));
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    TorchOps ops = pass.ops();
    Arena arena = pass.arena();
    if (pass.gradients()) {
      NDArray matrix = ops.call(arena, "byte_unpacked", table, counted, factors, width);
      return bias == null
          ? ops.call(arena, "linear_no_bias", input, matrix)
          : ops.call(arena, "linear", input, matrix, bias);
    }
    NDArray product =
        ops.call(arena, "byte_product", input, table, counted, factors, (long) pass.parts());
    return bias == null ? product : ops.call(arena, "plus_bias", product, bias);
  }
}
