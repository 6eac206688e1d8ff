package org.nnsight4j.engine;

import static org.nnsight4j.engine.Kernels.kernel;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Products of rows and a matrix {@code [out, in]} in the forms of {@link ProductForm}, by its
 * ordinal. A matrix of another type than the rows' is converted at its use, in one form only.
 */
final class ProductKernels {
  static final List<ScriptArchive.Method> ALL =
      List.of(
          product("product", ", bias: Tensor", "bias", "(self).linear(x, weight, bias, )"),
          product("product_no_bias", "", "None", "(self).linear_no_bias(x, weight, )"),
          Kernels.inParts(
              "product_parts",
              ", bias: Tensor, form: int",
              "(self).product(part, weight, bias, form, )",
              0),
          Kernels.inParts(
              "product_parts_no_bias",
              ", form: int",
              "(self).product_no_bias(part, weight, form, )",
              0),
          kernel("matrix_transposed", "weight: Tensor", "return torch.t(weight)"),
          kernel(
              "some_rows",
              "rows: int, width: int",
              """
              numbers = torch.to(torch.arange(torch.mul(rows, width), device=torch.device(place)), 6)
              return torch.reshape(torch.sin(numbers), [rows, width])"""),
          kernel(
              "matrix_part",
              "weight: Tensor, begin: int, count: int",
              "return torch.narrow(weight, 0, begin, count)"),
          kernel(
              "matrix_in_out",
              "weight: Tensor",
              "return torch.t(torch.contiguous(torch.t(weight)))"));

  private ProductKernels() {}

  /**
   * The same products for FP32 without gradients, as text for one form and shape.
   *
   * @param shape of the matrix, {@code [out, in]}
   */
  static Script.Value script(
      Script script,
      Linear.Layout layout,
      ProductForm form,
      Script.Value x,
      Script.Value weight,
      Script.@Nullable Value bias,
      long[] shape) {
    String added = bias == null ? "None" : bias.name();
    if (form == ProductForm.LINEAR && layout == Linear.Layout.OUT_IN) {
      return script.line("torch.linear(%s, %s, %s)".formatted(x.name(), weight.name(), added));
    }
    if (form == ProductForm.LINEAR && bias == null) {
      return script.line("torch.matmul(%s, %s)".formatted(x.name(), weight.name()));
    }
    String flat = script.line("torch.reshape(%s, [-1, %s])".formatted(x.name(), shape[1])).name();
    String made =
        switch (form) {
          case LINEAR -> "torch.addmm(%s, %s, %s)".formatted(added, flat, weight.name());
          case COLUMNS -> columns(weight, flat);
          case TWO_COLUMNS ->
              "torch.contiguous(torch.t(torch.narrow(torch.mm(%s, torch.t(torch.cat([%s, %s], 0))), 1, 0, 1)))"
                  .formatted(weight.name(), flat, flat);
          case CHUNKS ->
              "torch.reshape(torch.transpose(torch.bmm(torch.expand(torch.unsqueeze(%s, 0), [8, -1, -1]), torch.transpose(torch.reshape(%s, [8, %s, %s]), 1, 2)), 0, 1), [-1, %s])"
                  .formatted(flat, weight.name(), shape[0] / 8, shape[1], shape[0]);
          case INPUTS ->
              "torch.sum(torch.bmm(torch.transpose(torch.reshape(%s, [-1, 4, %s]), 0, 1), torch.reshape(torch.t(%s), [4, %s, %s])), [0])"
                  .formatted(flat, shape[1] / 4, weight.name(), shape[1] / 4, shape[0]);
          case BAGS -> bags(script, weight, new Script.Value(flat), shape[1]);
          case ONEDNN -> oneDnn(weight, flat, bias);
        };
    boolean apart = bias != null && form != ProductForm.LINEAR && form != ProductForm.ONEDNN;
    return script.line(
        "torch.reshape(%s, [rows, length, %s])"
            .formatted(apart ? "torch.add_(%s, %s)".formatted(made, added) : made, shape[0]));
  }

  static String oneDnn(Script.Value weight, String rows, Script.@Nullable Value bias) {
    return "ops.mkldnn._linear_pointwise(%s, %s, %s, \"none\", annotate(List[Optional[number]], []), None)"
        .formatted(rows, weight.name(), bias == null ? "None" : bias.name());
  }

  /** One row as a sum of weighted rows of the stored matrix. */
  static String bags(Script script, Script.Value weight, Script.Value row, long in) {
    String numbers =
        script.once("torch.arange(%s, dtype=3, device=ops.prim.device(x))".formatted(in)).name();
    String begins =
        script
            .once(
                "torch.arange(0, %s, %s, dtype=3, device=ops.prim.device(x))"
                    .formatted(in, in / ProductForm.BAG_COUNT))
            .name();
    return "torch.sum((torch.embedding_bag(torch.t(%s), %s, %s, False, 0, False, torch.reshape(%s, [-1]), False))[0], [0], True)"
        .formatted(weight.name(), numbers, begins, row.name());
  }

  private static String columns(Script.Value weight, String flat) {
    return "torch.contiguous(torch.t(torch.mm(%s, torch.t(%s))))".formatted(weight.name(), flat);
  }

  private static ScriptArchive.Method product(
      String name, String parameter, String bias, String plain) {
    String added = parameter.isEmpty() ? "y = made" : "y = torch.add_(made, bias)";
    return kernel(
        name,
        "x: Tensor, weight: Tensor" + parameter + ", form: int",
        """
        same = ops.prim.dtype(weight) == ops.prim.dtype(x)
        flows = ops.prim.requires_grad(x)
        if torch.__and__(torch.__and__(same, form != 0), torch.__not__(flows)):
          out = torch.size(weight, 0)
          width = torch.size(weight, 1)
          shape = annotate(List[int], [])
          for i in range(torch.sub(torch.dim(x), 1)):
            shape = torch.add(shape, [torch.size(x, i)])
          flat = torch.reshape(x, [-1, width])
          if form == 4:
            y = ops.mkldnn._linear_pointwise(flat, weight, %s, "none", annotate(List[Optional[number]], []), None)
          else:
            if form == 5:
              each = torch.transpose(torch.reshape(flat, [-1, 4, torch.floordiv(width, 4)]), 0, 1)
              parts = torch.reshape(torch.t(weight), [4, torch.floordiv(width, 4), out])
              made = torch.sum(torch.bmm(each, parts), [0])
            elif form == 6:
              numbers = torch.arange(width, dtype=3, device=ops.prim.device(x))
              begins = torch.arange(0, width, torch.floordiv(width, 8), dtype=3, device=ops.prim.device(x))
              bags = torch.embedding_bag(torch.t(weight), numbers, begins, False, 0, False, torch.reshape(flat, [-1]), False)
              made = torch.sum(bags[0], [0], True)
            elif form == 3:
              parts = torch.transpose(torch.reshape(weight, [8, torch.floordiv(out, 8), width]), 1, 2)
              each = torch.bmm(torch.expand(torch.unsqueeze(flat, 0), [8, -1, -1]), parts)
              made = torch.reshape(torch.transpose(each, 0, 1), [-1, out])
            else:
              if form == 2:
                two = torch.mm(weight, torch.t(torch.cat([flat, flat], 0)))
                made = torch.contiguous(torch.t(torch.narrow(two, 1, 0, 1)))
              else:
                made = torch.contiguous(torch.t(torch.mm(weight, torch.t(flat))))
            %s
          z = torch.reshape(y, torch.add(shape, [out]))
        else:
          z = %s
        return z"""
            .formatted(bias, added, plain));
  }
}
