package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.DType;

/** Reductions: sums, extremes, norms, and the indices of extremes. */
final class Reductions {
  static final List<Op> ALL = new ArrayList<>();

  private static final String OVER_AXES = "x: Tensor, axes: List[int], keep: bool";
  private static final String ALL_IF_NONE =
      """
      if torch.len(axes) == 0:
        over = annotate(List[int], [])
        for i in range(torch.dim(x)):
          over = torch.add(over, [i])
      else:
        over = axes
      """;

  private static final TypeRule ALL_TRUTH =
      TypeRule.whole(
          "BOOL; x is BOOL",
          in -> {
            DTypes.truth("this operation", in.dtype(0));
            return DType.BOOL;
          });

  static {
    reduce("sum", ShapeRule.REDUCED, TypeRule.SUMMED, "torch.sum(x, over, keep)");
    reduce("nansum", ShapeRule.REDUCED, TypeRule.FLOATING, "torch.nansum(x, over, keep)");
    reduce("mean", ShapeRule.REDUCED, TypeRule.FLOATING, "torch.mean(x, over, keep)");
    ALL.add(
        Op.of(
                "prod",
                OVER_AXES,
                ShapeRule.REDUCED,
                TypeRule.SUMMED,
                ALL_IF_NONE
                    + """
                      y = x
                      if torch.len(over) == 0:
                        y = torch.prod(x)
                      for i in range(torch.len(over)):
                        y = torch.prod(y, over[i], True)
                      if not keep:
                        y = torch.squeeze(y, over)
                      return y""")
            .by("prod(axes), prod(axes, true)"));
    reduce("max", ShapeRule.REDUCED_FILLED, TypeRule.SAME, "torch.amax(x, over, keep)");
    reduce("min", ShapeRule.REDUCED_FILLED, TypeRule.SAME, "torch.amin(x, over, keep)");
    reduce("var", ShapeRule.REDUCED, TypeRule.FLOATING, "torch.var(x, over, True, keep)");
    reduce("std", ShapeRule.REDUCED, TypeRule.FLOATING, "torch.std(x, over, True, keep)");
    reduce("logsumexp", ShapeRule.REDUCED, TypeRule.REAL, "torch.logsumexp(x, over, keep)");
    reduce(
        "count_nonzero",
        ShapeRule.REDUCED,
        TypeRule.INDEX,
        "torch.sum(torch.ne(x, 0), over, keep)");
    reduce("any", ShapeRule.REDUCED, ALL_TRUTH, "torch.any(x, over, keep)");
    reduce("all", ShapeRule.REDUCED, ALL_TRUTH, "torch.all(x, over, keep)");
    ALL.add(
        Op.of(
                "norm",
                OVER_AXES,
                ShapeRule.REDUCED,
                TypeRule.FLOATING,
                ALL_IF_NONE + "return torch.linalg_vector_norm(x, 2., over, keep)")
            .by("norm(axes), norm(axes, true)"));
    ALL.add(
        Op.of(
                "norm_p",
                OVER_AXES + ", p: float",
                ShapeRule.of(
                    ShapeRule.REDUCED.text() + "; p < 0 and infinity need an element",
                    in ->
                        (in.real(3) < 0 || Double.isInfinite(in.real(3))
                                ? ShapeRule.REDUCED_FILLED
                                : ShapeRule.REDUCED)
                            .function()
                            .apply(in)),
                TypeRule.of(
                    "of x, floating; p is a number",
                    in -> {
                      if (Double.isNaN(in.real(3))) {
                        throw new ShapeException("a norm needs a number p, found NaN");
                      }
                      return DTypes.floating("norm", in.dtype(0));
                    }),
                ALL_IF_NONE + "return torch.linalg_vector_norm(x, p, over, keep)")
            .by("normP(p, axes), normP(p, axis, true)"));
    one("argmax", "argMax(axis)", TypeRule.INDEX_OF_NUMBER, "torch.argmax(x, axis, keep)");
    one("argmin", "argMin(axis)", TypeRule.INDEX_OF_NUMBER, "torch.argmin(x, axis, keep)");
    one(
        "median_values",
        "median(axis)",
        TypeRule.NUMBER,
        "values, indices = torch.median(x, axis, keep)\nreturn values");
    // The first of equal elements; PyTorch's may be any of them.
    one(
        "median_indices",
        "median(axis)",
        TypeRule.INDEX_OF_NUMBER,
        """
        values, indices = torch.median(x, axis, True)
        same = torch.logical_or(torch.eq(x, values), torch.logical_and(torch.ne(x, x), torch.ne(values, values)))
        return torch.argmax(torch.to(same, 4), axis, keep)""");
  }

  private Reductions() {}

  private static void reduce(String name, ShapeRule shape, TypeRule type, String kernel) {
    String method =
        switch (name) {
          case "nansum" -> "nanSum";
          case "logsumexp" -> "logSumExp";
          case "count_nonzero" -> "countNonzero";
          default -> name;
        };
    ALL.add(
        Op.of(name, OVER_AXES, shape, type, ALL_IF_NONE + "return " + kernel)
            .by("%1$s(axes), %1$s(axes, true)".formatted(method)));
  }

  private static void one(String name, String method, TypeRule type, String kernel) {
    Op op =
        Op.of(name, "x: Tensor, axis: int, keep: bool", ShapeRule.ONE_REDUCED, type, kernel)
            .by(method);
    ALL.add(name.startsWith("median") ? op.costs(Cost.sorted(1)) : op);
  }
}
