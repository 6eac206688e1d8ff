package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Rearranges numbers, and joins several tensors. */
final class OpShapes {
  static final List<Op> ALL = new ArrayList<>();

  static {
    add(
        "reshape",
        "shape: List[int]",
        "as given; one length may be -1",
        in -> Rules.reshape(in.dims(0), in.integers(1)),
        "torch.reshape(x, shape)",
        "reshape(shape)");
    add(
        "flatten",
        "first: int, last: int",
        "x with these axes as one",
        OpShapes::flatten,
        "torch.flatten(x, first, last)",
        "flatten(first, last)");
    add(
        "unflatten",
        "axis: int, shape: List[int]",
        "x with the shape in place of the axis",
        OpShapes::unflatten,
        "torch.unflatten(x, axis, shape)",
        "unflatten(axis, shape)");
    add(
        "permute",
        "axes: List[int]",
        "the axes in the order given",
        in -> permute(in.dims(0), in.integers(1)),
        "torch.permute(x, axes)",
        "transpose(axes), swapAxes(first, second), moveAxis(from, to)");
    add(
        "unsqueeze",
        "axis: int",
        "x with a new axis of length 1",
        in ->
            in.dims(0)
                .inserted(ShapeRule.inserted("expandDims", in.dims(0), in.integer(1)), Dim.of(1)),
        "torch.unsqueeze(x, axis)",
        "expandDims(axis)");
    add(
        "squeeze",
        "axis: int",
        "x without the axis, of length 1",
        in -> {
          int axis = in.dims(0).axis(in.integer(1));
          Dim dim = in.dims(0).get(axis);
          if (dim.isKnown() && dim.size() != 1) {
            throw new ShapeException(
                "axis %s of %s has not the length 1 and cannot go away"
                    .formatted(axis, in.dims(0)));
          }
          return in.dims(0).without(axis);
        },
        "torch.squeeze(x, axis)",
        "squeeze(axis)");
    ALL.add(
        Op.of(
                "concat",
                "parts: List[Tensor], axis: int",
                ShapeRule.of(
                    "the axis is the sum, all others are equal",
                    in -> Rules.concat(ShapeRule.dims(in.metas(0)), in.integer(1))),
                TypeRule.of("of all parts, equal", in -> DTypes.common("concat", in.metas(0))),
                "torch.cat(parts, axis)")
            .by("concat(value, axis)"));
    ALL.add(
        Op.of(
                "stack",
                "parts: List[Tensor], axis: int",
                ShapeRule.of(
                    "of the parts, equal, with a new axis",
                    in -> {
                      List<Dims> parts = ShapeRule.dims(in.metas(0));
                      Dims first = parts.get(0);
                      parts.forEach(part -> Rules.same(first, part, "stack"));
                      return first.inserted(
                          ShapeRule.inserted("stack", first, in.integer(1)), Dim.of(parts.size()));
                    }),
                TypeRule.of("of all parts, equal", in -> DTypes.common("stack", in.metas(0))),
                "torch.stack(parts, axis)")
            .by("stack(axis, values)"));
  }

  private OpShapes() {}

  private static void add(
      String name,
      String more,
      String shape,
      Function<OpInputs, Dims> rule,
      String kernel,
      String method) {
    ALL.add(Op.reshaping(name, more, shape, rule, kernel, method));
  }

  private static Dims flatten(OpInputs in) {
    Dims dims = in.dims(0);
    int first = dims.axis(in.integer(1));
    int last = dims.axis(in.integer(2));
    if (first > last) {
      throw new ShapeException(
          "flatten of %s joins axis %s to %s: the first comes first".formatted(dims, first, last));
    }
    if (first == last) {
      return dims;
    }
    List<Dim> axes = new ArrayList<>(dims.axes().subList(0, first));
    Dims joined = new Dims(dims.axes().subList(first, last + 1));
    axes.add(joined.isKnown() ? Dim.of(joined.count()) : Dim.upTo(joined.mostElements()));
    axes.addAll(dims.axes().subList(last + 1, dims.rank()));
    return new Dims(axes);
  }

  private static Dims unflatten(OpInputs in) {
    Dims dims = in.dims(0);
    int axis = dims.axis(in.integer(1));
    if (in.integers(2).length == 0) {
      throw new ShapeException("unflatten needs a length at least");
    }
    Dims inner = Rules.reshape(Dims.of(dims.get(axis)), in.integers(2));
    List<Dim> axes = new ArrayList<>(dims.axes().subList(0, axis));
    axes.addAll(inner.axes());
    axes.addAll(dims.axes().subList(axis + 1, dims.rank()));
    return new Dims(axes);
  }

  private static Dims permute(Dims dims, long[] order) {
    if (order.length != dims.rank()) {
      throw new ShapeException(
          "transpose of %s needs %s axes, found %s".formatted(dims, dims.rank(), order.length));
    }
    List<Dim> axes = new ArrayList<>();
    boolean[] used = new boolean[order.length];
    for (long axis : order) {
      int place = dims.axis(axis);
      if (used[place]) {
        throw new ShapeException("transpose of %s names axis %s twice".formatted(dims, axis));
      }
      used[place] = true;
      axes.add(dims.get(place));
    }
    return new Dims(axes);
  }
}
