package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;

/**
 * The products of {@link ProductKernels} for one token, as text with as few operations as possible:
 * a token has hundreds of products, and each operation that only looks at an array in another way
 * takes about as long as it takes to read a row. Views of a matrix are made once.
 */
final class OneTokenProducts {
  private OneTokenProducts() {}

  /** A matrix {@code [out, in]} as the form takes it. */
  private static Script.Value parameter(Script script, ProductForm form, NDArray matrix) {
    long out = matrix.getShape().get(0);
    long in = matrix.getShape().get(1);
    return switch (form) {
      case CHUNKS -> {
        try (NDArray parts = matrix.reshape(ProductForm.PARTS, out / ProductForm.PARTS, in)) {
          yield script.view(parts.transpose(0, 2, 1));
        }
      }
      case INPUTS -> {
        try (NDArray transposed = matrix.transpose(1, 0)) {
          yield script.view(
              transposed.reshape(ProductForm.INPUT_PARTS, in / ProductForm.INPUT_PARTS, out));
        }
      }
      default -> script.parameter(matrix);
    };
  }

  /**
   * The product {@code [1, 1, out]}.
   *
   * @param form any but {@link ProductForm#LINEAR}
   * @param array the matrix, {@code [out, in]}
   */
  static Script.Value script(
      Script script, ProductForm form, Script.Value x, NDArray array, @Nullable NDArray bias) {
    long out = array.getShape().get(0);
    long in = array.getShape().get(1);
    Script.Value weight = parameter(script, form, array);
    Script.@Nullable Value added = bias == null ? null : script.parameter(bias);
    String row = x.name();
    String matrix = weight.name();
    String all = "[1, 1, %s]".formatted(out);
    String made =
        switch (form) {
          case LINEAR -> throw new IllegalArgumentException("expected another form");
          case COLUMNS ->
              "torch.reshape(torch.mm(%s, torch.t(torch.reshape(%s, [1, %s]))), %s)"
                  .formatted(matrix, row, in, all);
          case TWO_COLUMNS -> {
            String flat = script.line("torch.reshape(%s, [1, %s])".formatted(row, in)).name();
            // Every second number: what comes next computes gaps in another way.
            yield "torch.reshape(torch.contiguous(torch.narrow(torch.mm(%s, torch.t(torch.cat([%s, %s], 0))), 1, 0, 1)), %s)"
                .formatted(matrix, flat, flat, all);
          }
          case CHUNKS ->
              "torch.reshape(torch.bmm(torch.expand(%s, [%s, -1, -1]), %s), %s)"
                  .formatted(row, ProductForm.PARTS, matrix, all);
          case INPUTS ->
              "torch.sum(torch.bmm(torch.reshape(%s, [%s, 1, %s]), %s), [0], True)"
                  .formatted(row, ProductForm.INPUT_PARTS, in / ProductForm.INPUT_PARTS, matrix);
          case BAGS ->
              "torch.reshape(%s, %s)".formatted(ProductKernels.bags(script, weight, x, in), all);
          case ONEDNN ->
              "torch.reshape(%s, %s)".formatted(ProductKernels.oneDnn(weight, row, added), all);
        };
    return script.line(
        added == null || form == ProductForm.ONEDNN
            ? made
            : "torch.add_(%s, %s)".formatted(made, added.name()));
  }
}
