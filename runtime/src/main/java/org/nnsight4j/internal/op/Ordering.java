package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.Dim;

/** Operations along an axis: sorting, largest elements, running sums. */
final class Ordering {
  static final List<Op> ALL = new ArrayList<>();

  private static final ShapeRule TOP =
      ShapeRule.of(
          "x with k in place of the axis",
          in -> {
            int axis = in.dims(0).axis(in.integer(2));
            Dim dim = in.dims(0).get(axis);
            if (in.integer(1) < 1 || (dim.isKnown() && in.integer(1) > dim.size())) {
              throw new ShapeException(
                  "topK(%s) of axis %s of %s: k must be 1 to the length of the axis"
                      .formatted(in.integer(1), axis, in.dims(0)));
            }
            return in.dims(0).with(axis, Dim.of(in.integer(1)));
          });

  private static final ShapeRule SEARCHED =
      ShapeRule.of(
          "of values; x has one axis",
          in -> {
            if (in.dims(0).rank() != 1) {
              throw new ShapeException(
                  "the sorted numbers have one axis, found the shape " + in.dims(0));
            }
            return in.dims(1);
          });

  static {
    String top = "values, indices = torch.topk(x, k, axis, largest, True)\nreturn ";
    String topSignature = "x: Tensor, k: int, axis: int, largest: bool";
    ALL.add(
        Op.of("topk_values", topSignature, TOP, TypeRule.NUMBER, top + "values")
            .by("topK(k, axis), topK(k, axis, largest)")
            .costs(Cost.sorted(2)));
    ALL.add(
        Op.of("topk_indices", topSignature, TOP, TypeRule.INDEX_OF_NUMBER, top + "indices")
            .by("topK(k, axis), topK(k, axis, largest)")
            .costs(Cost.sorted(2)));
    String sort =
        "values, indices = torch.sort(x, stable=True, dim=axis, descending=descending)\nreturn ";
    String sortSignature = "x: Tensor, axis: int, descending: bool";
    ALL.add(
        Op.of("sort_values", sortSignature, ShapeRule.ALONG, TypeRule.SAME, sort + "values")
            .by("sort(axis, descending)")
            .costs(Cost.sorted(1)));
    ALL.add(
        Op.of("sort_indices", sortSignature, ShapeRule.ALONG, TypeRule.INDEX, sort + "indices")
            .by("sort(axis, descending), argSort(axis, descending)")
            .costs(Cost.sorted(1)));
    ALL.add(
        Op.of(
                "searchsorted",
                "x: Tensor, values: Tensor, right: bool",
                SEARCHED,
                TypeRule.whole(
                    "INT64; both of one type, numbers",
                    in -> {
                      DTypes.number("searchSorted", DTypes.equal(in.dtype(0), in.dtype(1)));
                      return org.nnsight4j.tensor.DType.INT64;
                    }),
                "torch.searchsorted(x, torch.contiguous(values), right=right)")
            .by("searchSorted(values, right)")
            .costs(
                Cost.of(
                    "elements, times the logarithm of x's last axis",
                    in -> in.elements() + 2 * in.result() * Cost.log2(in.length(0, -1)))));
    along("cumsum", "cumSum(axis)", TypeRule.SUMMED, "torch.cumsum(x, axis)");
    along("cumprod", "cumProd(axis)", TypeRule.SUMMED, "torch.cumprod(x, axis)");
    along("logcumsumexp", "logCumSumExp(axis)", TypeRule.FLOATING, "torch.logcumsumexp(x, axis)");
    for (String name : List.of("max", "min")) {
      String kernel = "values, indices = torch.cum" + name + "(x, axis)\nreturn ";
      String method = "cum" + Character.toUpperCase(name.charAt(0)) + name.substring(1) + "(axis)";
      along("cum" + name + "_values", method, TypeRule.NUMBER, kernel + "values");
      along("cum" + name + "_indices", method, TypeRule.INDEX_OF_NUMBER, kernel + "indices");
    }
  }

  private Ordering() {}

  private static void along(String name, String method, TypeRule type, String kernel) {
    ALL.add(Op.of(name, "x: Tensor, axis: int", ShapeRule.ALONG, type, kernel).by(method));
  }
}
