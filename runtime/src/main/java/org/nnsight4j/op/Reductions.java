package org.nnsight4j.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.shape.Dim;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.Rules;
import org.nnsight4j.shape.ShapeException;
import org.nnsight4j.tensor.DType;

/** Fewer axes: sums, extremes, the softmax family and the largest elements. */
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
      return %s""";

  static {
    reduce("sum", "torch.sum(x, over, keep)", false);
    reduce("mean", "torch.mean(x, over, keep)", true);
    reduce("max", "torch.amax(x, over, keep)", false);
    reduce("min", "torch.amin(x, over, keep)", false);
    reduce("var", "torch.var(x, over, True, keep)", true);
    reduce("std", "torch.std(x, over, True, keep)", true);
    truth("any", "torch.any(x, over, keep)");
    truth("all", "torch.all(x, over, keep)");
    arg("argmax");
    arg("argmin");
    for (String name : List.of("softmax", "log_softmax")) {
      ALL.add(
          Op.of(
              name,
              "x: Tensor, axis: int",
              "torch." + name + "(x, axis)",
              in -> {
                in.dims(0).axis(in.integer(1));
                return new Meta(in.dims(0), DTypes.floating(name, in.dtype(0)));
              }));
    }
    top("topk_values", "values", false);
    top("topk_indices", "indices", true);
  }

  private Reductions() {}

  private static void reduce(String name, String kernel, boolean floating) {
    ALL.add(
        Op.of(
            name,
            OVER_AXES,
            ALL_IF_NONE.formatted(kernel),
            in -> {
              Dims dims = Rules.reduce(in.dims(0), in.integers(1), in.flag(2));
              DType dtype = in.dtype(0);
              if (floating) {
                return new Meta(dims, DTypes.floating(name, dtype));
              }
              return new Meta(dims, name.equals("sum") ? DTypes.summed(dtype) : dtype);
            }));
  }

  private static void truth(String name, String kernel) {
    ALL.add(
        Op.of(
            name,
            OVER_AXES,
            ALL_IF_NONE.formatted(kernel),
            in -> {
              DTypes.truth(name, in.dtype(0));
              return new Meta(Rules.reduce(in.dims(0), in.integers(1), in.flag(2)), DType.BOOL);
            }));
  }

  private static void arg(String name) {
    ALL.add(
        Op.of(
            name,
            "x: Tensor, axis: int, keep: bool",
            "torch." + name + "(x, axis, keep)",
            in -> {
              DTypes.number(name, in.dtype(0));
              return new Meta(
                  Rules.reduce(in.dims(0), new long[] {in.integer(1)}, in.flag(2)), DType.INT64);
            }));
  }

  private static void top(String name, String result, boolean indices) {
    ALL.add(
        Op.of(
            name,
            "x: Tensor, k: int, axis: int",
            "values, indices = torch.topk(x, k, axis, True, True)\nreturn " + result,
            in -> {
              int axis = in.dims(0).axis(in.integer(2));
              Dim dim = in.dims(0).get(axis);
              if (in.integer(1) < 1 || (dim.isKnown() && in.integer(1) > dim.size())) {
                throw new ShapeException(
                    "topK(%d) of axis %d of %s: k must be 1 to the length of the axis"
                        .formatted(in.integer(1), axis, in.dims(0)));
              }
              DType dtype = DTypes.number("topK", in.dtype(0));
              return new Meta(
                  in.dims(0).with(axis, Dim.of(in.integer(1))), indices ? DType.INT64 : dtype);
            }));
  }
}
