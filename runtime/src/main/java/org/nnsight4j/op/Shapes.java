package org.nnsight4j.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.shape.Dim;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.Rules;
import org.nnsight4j.shape.ShapeException;
import org.nnsight4j.tensor.DType;

/** The same numbers in another arrangement, and several tensors as one. */
final class Shapes {
  static final List<Op> ALL =
      List.of(
          Op.of(
              "reshape",
              "x: Tensor, shape: List[int]",
              "torch.reshape(x, shape)",
              in -> new Meta(Rules.reshape(in.dims(0), in.integers(1)), in.dtype(0))),
          Op.of(
              "permute",
              "x: Tensor, axes: List[int]",
              "torch.permute(x, axes)",
              in -> new Meta(permute(in.dims(0), in.integers(1)), in.dtype(0))),
          Op.of(
              "unsqueeze",
              "x: Tensor, axis: int",
              "torch.unsqueeze(x, axis)",
              in -> {
                int rank = in.dims(0).rank();
                long axis = in.integer(1) < 0 ? in.integer(1) + rank + 1 : in.integer(1);
                if (axis < 0 || axis > rank) {
                  throw new ShapeException(
                      "a new axis %d does not fit into %s".formatted(in.integer(1), in.dims(0)));
                }
                return new Meta(in.dims(0).inserted((int) axis, Dim.of(1)), in.dtype(0));
              }),
          Op.of(
              "squeeze",
              "x: Tensor, axis: int",
              "torch.squeeze(x, axis)",
              in -> {
                int axis = in.dims(0).axis(in.integer(1));
                Dim dim = in.dims(0).get(axis);
                if (dim.isKnown() && dim.size() != 1) {
                  throw new ShapeException(
                      "axis %d of %s has not the length 1 and cannot go away"
                          .formatted(axis, in.dims(0)));
                }
                return new Meta(in.dims(0).without(axis), in.dtype(0));
              }),
          Op.of(
              "concat",
              "parts: List[Tensor], axis: int",
              "torch.cat(parts, axis)",
              in ->
                  new Meta(
                      Rules.concat(in.metas(0).stream().map(Meta::dims).toList(), in.integer(1)),
                      common("concat", in.metas(0)))),
          Op.of(
              "stack",
              "parts: List[Tensor], axis: int",
              "torch.stack(parts, axis)",
              in -> {
                List<Meta> parts = in.metas(0);
                Dims first = parts.get(0).dims();
                parts.forEach(part -> Rules.same(first, part.dims(), "stack"));
                long axis = in.integer(1) < 0 ? in.integer(1) + first.rank() + 1 : in.integer(1);
                if (axis < 0 || axis > first.rank()) {
                  throw new ShapeException(
                      "stack: a new axis %d does not fit into %s".formatted(in.integer(1), first));
                }
                return new Meta(
                    first.inserted((int) axis, Dim.of(parts.size())), common("stack", parts));
              }));

  private Shapes() {}

  private static Dims permute(Dims dims, long[] order) {
    if (order.length != dims.rank()) {
      throw new ShapeException(
          "transpose of %s needs %d axes, found %d".formatted(dims, dims.rank(), order.length));
    }
    List<Dim> axes = new ArrayList<>();
    boolean[] used = new boolean[order.length];
    for (long axis : order) {
      int place = dims.axis(axis);
      if (used[place]) {
        throw new ShapeException("transpose of %s names axis %d twice".formatted(dims, axis));
      }
      used[place] = true;
      axes.add(dims.get(place));
    }
    return new Dims(axes);
  }

  private static DType common(String op, List<Meta> parts) {
    DType first = parts.get(0).dtype();
    for (Meta part : parts) {
      if (part.dtype() != first) {
        throw new ShapeException(
            "%s needs one data type, found %s and %s; cast with toType"
                .formatted(op, first, part.dtype()));
      }
    }
    return first;
  }
}
