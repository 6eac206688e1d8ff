package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.LongUnaryOperator;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Repeats numbers, selects some of them, or pads them. */
final class Repetition {
  static final List<Op> ALL = new ArrayList<>();

  static {
    add(
        "expand",
        "shape: List[int]",
        "the shape given; -1 keeps a length",
        in -> expand(in.dims(0), in.integers(1)),
        "torch.expand(x, shape)",
        "broadcastTo(shape)");
    ALL.add(
        Op.of(
                "expand_as",
                "x: Tensor, like: Tensor",
                ShapeRule.of(
                    "of like; x broadcasts to it",
                    in -> {
                      Dims both = Rules.broadcast(in.dims(0), in.dims(1));
                      if (both.rank() != in.dims(1).rank() || both.conflicts(in.dims(1))) {
                        throw new ShapeException(
                            "%s does not broadcast to %s".formatted(in.dims(0), in.dims(1)));
                      }
                      return in.dims(1);
                    }),
                TypeRule.SAME,
                "torch.expand_as(x, torch.detach(like))")
            .by("broadcastAs(value)"));
    add(
        "repeat",
        "times: List[int]",
        "each axis times its number; numbers in front make axes",
        in -> repeat(in.dims(0), in.integers(1)),
        "torch.repeat(x, times)",
        "repeat(times)");
    add(
        "repeat_interleave",
        "times: int, axis: int",
        "the axis times the number",
        in -> {
          int axis = in.dims(0).axis(in.integer(2));
          notNegative("repeatInterleave", in.integer(1));
          return in.dims(0).with(axis, ShapeRule.times(in.dims(0).get(axis), in.integer(1)));
        },
        "torch.repeat_interleave(x, times, axis)",
        "repeatInterleave(times, axis)");
    add(
        "flip",
        "axes: List[int]",
        "of x",
        in -> {
          Rules.reduce(in.dims(0), in.integers(1), true);
          return in.dims(0);
        },
        "torch.flip(x, axes)",
        "flip(axes)");
    add(
        "roll",
        "shift: int, axis: int",
        "of x",
        in -> {
          in.dims(0).axis(in.integer(2));
          if (Math.abs(in.integer(1)) > Integer.MAX_VALUE || in.integer(1) == Long.MIN_VALUE) {
            throw new ShapeException("roll by less than 2^31, found " + in.integer(1));
          }
          return in.dims(0);
        },
        "torch.roll(x, shift, axis)",
        "roll(shift, axis)");
    add(
        "chunk",
        "count: int, axis: int, part: int",
        "part of count parts of the axis, all as long but the last",
        in -> {
          if (in.integer(1) < 1 || in.integer(1) > Integer.MAX_VALUE) {
            throw new ShapeException("a chunk is one of 1 part or more, found " + in.integer(1));
          }
          return part(in, size -> size == 0 ? 1 : (size - 1) / in.integer(1) + 1);
        },
        "torch.chunk(x, count, axis)[part]",
        "chunk(count, axis)");
    add(
        "split",
        "length: int, axis: int, part: int",
        "part of those of the given length, the last may be shorter",
        in -> {
          if (in.integer(1) < 1) {
            throw new ShapeException("a part has the length 1 or more, found " + in.integer(1));
          }
          return part(in, size -> in.integer(1));
        },
        "torch.split(x, length, axis)[part]",
        "split(length, axis)");
    ALL.add(
        Op.of(
                "pad",
                "x: Tensor, axis: int, before: int, after: int, value: float",
                ShapeRule.of(
                    "x with the axis longer",
                    in -> {
                      int axis = in.dims(0).axis(in.integer(1));
                      notNegative("pad", Math.min(in.integer(2), in.integer(3)));
                      Dim dim = in.dims(0).get(axis);
                      long more = Dim.sum(in.integer(2), in.integer(3));
                      return in.dims(0).with(axis, more == 0 ? dim : longer(dim, more));
                    }),
                TypeRule.of(
                    "of x, which can hold the number",
                    in -> {
                      DTypes.holds("pad", in.dtype(0), in.real(4));
                      return in.dtype(0);
                    }),
                """
                place = axis
                if axis < 0:
                  place = axis + torch.dim(x)
                pads = annotate(List[int], [])
                for i in range(torch.dim(x) - 1 - place):
                  pads = torch.add(pads, [0, 0])
                return torch.constant_pad_nd(x, torch.add(pads, [before, after]), value)""")
            .by("pad(axis, before, after, value)"));
    add(
        "unfold",
        "axis: int, size: int, step: int",
        "x with windows in place of the axis, and their size last",
        in -> unfold(in),
        "torch.unfold(x, axis, size, step)",
        "unfold(axis, size, step)");
  }

  private Repetition() {}

  private static void add(
      String name,
      String more,
      String shape,
      Function<OpInputs, Dims> rule,
      String kernel,
      String method) {
    ALL.add(Op.reshaping(name, more, shape, rule, kernel, method));
  }

  private static void notNegative(String op, long number) {
    if (number < 0) {
      throw new ShapeException("%s needs a number from 0, found %s".formatted(op, number));
    }
  }

  private static Dims expand(Dims dims, long[] shape) {
    int added = shape.length - dims.rank();
    if (added < 0) {
      throw new ShapeException(
          "%s has %s axes and does not broadcast to the %s of %s"
              .formatted(dims, dims.rank(), shape.length, Arrays.toString(shape)));
    }
    List<Dim> axes = new ArrayList<>();
    for (int i = 0; i < shape.length; i++) {
      Dim old = i < added ? Dim.of(1) : dims.get(i - added);
      boolean kept = shape[i] == -1 && i >= added;
      boolean fits =
          kept || (shape[i] >= 0 && (old.size() == 1 || !old.isKnown() || old.size() == shape[i]));
      if (!fits) {
        throw new ShapeException(
            "%s does not broadcast to %s: new axes come first, and only a length of 1 can change"
                .formatted(dims, Arrays.toString(shape)));
      }
      boolean same = kept || old.size() == shape[i];
      axes.add(same ? old : new Dim(shape[i], old.name()));
    }
    Dims expanded = new Dims(axes);
    expanded.count();
    return expanded;
  }

  private static Dims repeat(Dims dims, long[] times) {
    int added = times.length - dims.rank();
    if (added < 0) {
      throw new ShapeException(
          "repeat of %s needs %s numbers at least, found %s"
              .formatted(dims, dims.rank(), Arrays.toString(times)));
    }
    List<Dim> axes = new ArrayList<>();
    for (int i = 0; i < times.length; i++) {
      notNegative("repeat", times[i]);
      axes.add(ShapeRule.times(i < added ? Dim.of(1) : dims.get(i - added), times[i]));
    }
    Dims repeated = new Dims(axes);
    repeated.count();
    return repeated;
  }

  private static Dim longer(Dim dim, long more) {
    long most = Dim.sum(dim.most(), more);
    if (dim.isKnown() && most == Dim.ENDLESS) {
      throw new ShapeException(
          "pad: the length %s and %s more are more than an axis can have"
              .formatted(dim.size(), more));
    }
    return dim.isKnown() ? Dim.of(most) : Dim.upTo(most);
  }

  /** One of the parts of an axis, by the length of parts. */
  private static Dims part(OpInputs in, LongUnaryOperator length) {
    Dims dims = in.dims(0);
    int axis = dims.axis(in.integer(2));
    long part = in.integer(3);
    Dim dim = dims.get(axis);
    if (!dim.isKnown()) {
      notNegative("a part", part);
      return dims.with(axis, Dim.upTo(dim.most()));
    }
    long each = length.applyAsLong(dim.size());
    long parts = dim.size() == 0 ? 1 : (dim.size() - 1) / each + 1;
    if (part < 0 || part >= parts) {
      throw new ShapeException(
          "axis %s of %s has %s parts of the length %s, there is no part %s"
              .formatted(axis, dims, parts, each, part));
    }
    return dims.with(axis, Dim.of(Math.min(each, dim.size() - part * each)));
  }

  private static Dims unfold(OpInputs in) {
    Dims dims = in.dims(0);
    int axis = dims.axis(in.integer(1));
    long size = in.integer(2);
    Dim dim = dims.get(axis);
    if (size < 0 || in.integer(3) < 1 || (dim.isKnown() && size > dim.size())) {
      throw new ShapeException(
          "windows of %s by %s do not fit into axis %s of %s"
              .formatted(size, in.integer(3), axis, dims));
    }
    Dim windows =
        dim.isKnown()
            ? Dim.of((dim.size() - size) / in.integer(3) + 1)
            : Dim.upTo(Math.max(0, dim.most() - size) / in.integer(3) + 1);
    return dims.with(axis, windows).inserted(dims.rank(), Dim.of(size));
  }
}
