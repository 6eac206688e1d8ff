package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import ai.djl.ndarray.types.DataType;
import java.util.ArrayList;
import java.util.List;
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

  /** The matrix {@code [out, in]}. */
  private final NDArray matrix;

  public Linear(
      Blueprint blueprint, String path, Layout layout, NDArray weight, @Nullable NDArray bias) {
    super(blueprint, path);
    this.layout = layout;
    this.weight = weight;
    this.bias = bias;
    this.matrix = matrix(layout, weight);
  }

  /** A view {@code [out, in]} that lives as long as the weight. */
  static NDArray matrix(Layout layout, NDArray weight) {
    if (layout == Layout.OUT_IN) {
      return weight;
    }
    NDArray transposed;
    try (Arena arena = Arena.open()) {
      transposed = TorchOps.get().call(arena, "matrix_transposed", weight);
      transposed.attach(weight.getManager());
    }
    return transposed;
  }

  @Override
  protected NDArray forward(Pass pass, NDArray input) {
    try (PassThreads threads = PassThreads.forMatrix(matrix.size())) {
      return product(pass, layout, input, weight, matrix, bias);
    }
  }

  @Override
  protected Script.Value script(Script script, Script.Value input) {
    return script(script, layout, input, weight, matrix, bias);
  }

  /** {@link #outIn} as text. */
  static Script.Value outIn(
      Script script, Script.Value input, NDArray weight, @Nullable NDArray bias) {
    return script(script, Layout.OUT_IN, input, weight, weight, bias);
  }

  private static Script.Value script(
      Script script,
      Layout layout,
      Script.Value input,
      NDArray weight,
      NDArray matrix,
      @Nullable NDArray bias) {
    Script.Facts facts = script.facts();
    long[] shape = matrix.getShape().getShape();
    boolean plain = script.isPlain() && matrix.getDataType() == DataType.FLOAT32;
    ProductForm form =
        plain
            ? ProductForms.of(layout, matrix, shape[0], shape[1], facts.tokens())
            : ProductForm.LINEAR;
    if (plain && facts.isOneToken() && form != ProductForm.LINEAR) {
      return OneTokenProducts.script(script, form, input, matrix, bias);
    }
    Script.Value used = script.parameter(form == ProductForm.LINEAR ? weight : matrix);
    Script.@Nullable Value added = bias == null ? null : script.parameter(bias);
    if (plain && facts.parts() == 1) {
      return ProductKernels.script(script, layout, form, input, used, added, shape);
    }
    List<Object> operands = new ArrayList<>(List.of(input, used));
    String kernel;
    if (form == ProductForm.LINEAR) {
      kernel = layout == Layout.IN_OUT ? "conv1d" : "linear";
    } else {
      kernel = "product";
    }
    if (added != null) {
      operands.add(added);
    }
    if (form != ProductForm.LINEAR) {
      operands.add(form.ordinal());
    }
    if (facts.parts() > 1) {
      operands.add(facts.parts());
      kernel += "_parts";
    }
    return script.call(added == null ? kernel + "_no_bias" : kernel, operands.toArray());
  }

  /** A product with a matrix {@code [out, in]} that belongs to no module. */
  static NDArray outIn(Pass pass, NDArray input, NDArray weight, @Nullable NDArray bias) {
    return product(pass, Layout.OUT_IN, input, weight, weight, bias);
  }

  private static NDArray product(
      Pass pass,
      Layout layout,
      NDArray input,
      NDArray loaded,
      NDArray matrix,
      @Nullable NDArray added) {
    NDArray weight = pass.own(loaded);
    NDArray bias = added == null ? null : pass.own(added);
    // A weight that this run replaces has no matrix in another form.
    ProductForm form = weight == loaded ? form(pass, layout, input, matrix) : ProductForm.LINEAR;
    if (form != ProductForm.LINEAR) {
      return product(pass, form, input, matrix, bias);
    }
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

  private static NDArray product(
      Pass pass, ProductForm form, NDArray input, NDArray matrix, @Nullable NDArray bias) {
    TorchOps ops = pass.ops();
    Arena arena = pass.arena();
    long code = form.ordinal();
    long parts = pass.parts();
    if (bias == null) {
      return parts > 1
          ? ops.call(arena, "product_parts_no_bias", input, matrix, code, parts)
          : ops.call(arena, "product_no_bias", input, matrix, code);
    }
    return parts > 1
        ? ops.call(arena, "product_parts", input, matrix, bias, code, parts)
        : ops.call(arena, "product", input, matrix, bias, code);
  }

  /** Gradients need the plain form; what is converted at each use has a form of its own. */
  private static ProductForm form(Pass pass, Layout layout, NDArray input, NDArray matrix) {
    if (pass.gradients()
        || !pass.arena().device().isHost()
        || matrix.getDataType() != DataType.FLOAT32) {
      return ProductForm.LINEAR;
    }
    long[] shape = matrix.getShape().getShape();
    // A run of a shared pass takes the form that it would take alone.
    long rows = input.getShape().size() / shape[1] / pass.parts();
    return ProductForms.of(layout, matrix, shape[0], shape[1], rows);
  }
}
