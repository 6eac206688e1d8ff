package org.nnsight4j.internal.op;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * How a result's shape follows from the arguments, as a function and in words for the docs. The
 * constants refer to parameters by index: {@code REDUCED} reads axes at 1 and {@code keep} at 2.
 */
record ShapeRule(String text, Function<OpInputs, Dims> function) {
  static final ShapeRule SAME = new ShapeRule("of x", in -> in.dims(0));

  static final ShapeRule PAIR =
      new ShapeRule("x and y broadcast", in -> Rules.broadcast(in.dims(0), in.dims(1)));

  static final ShapeRule TRIPLE =
      new ShapeRule(
          "all three broadcast",
          in -> Rules.broadcast(in.dims(0), Rules.broadcast(in.dims(1), in.dims(2))));

  /** Element after element along the axis at 1. */
  static final ShapeRule ALONG =
      new ShapeRule(
          "of x",
          in -> {
            in.dims(0).axis(in.integer(1));
            return in.dims(0);
          });

  /** The axes at 1, kept with length 1 if the flag at 2 says so. */
  static final ShapeRule REDUCED =
      new ShapeRule(
          "x without the axes (none means all); keep leaves length 1",
          in -> Rules.reduce(in.dims(0), in.integers(1), in.flag(2)));

  /** Like {@link #REDUCED}, but there must be at least one element. */
  static final ShapeRule REDUCED_FILLED =
      new ShapeRule(
          REDUCED.text + "; not of an empty axis",
          in -> {
            long[] axes = in.integers(1);
            for (int i = 0; i < (axes.length == 0 ? in.dims(0).rank() : axes.length); i++) {
              filled(in.dims(0), axes.length == 0 ? i : axes[i]);
            }
            return Rules.reduce(in.dims(0), axes, in.flag(2));
          });

  /** The axis at 1, kept with length 1 if the flag at 2 says so; it must have an element. */
  static final ShapeRule ONE_REDUCED =
      new ShapeRule(
          "x without the axis, which is not empty; keep leaves length 1",
          in -> {
            filled(in.dims(0), in.integer(1));
            return Rules.reduce(in.dims(0), new long[] {in.integer(1)}, in.flag(2));
          });

  /** A shape given as integers at 0. */
  static final ShapeRule GIVEN = new ShapeRule("as given", in -> given(in.integers(0)));

  static ShapeRule of(String text, Function<OpInputs, Dims> function) {
    return new ShapeRule(text, function);
  }

  /** A shape that a user wrote. */
  static Dims given(long[] sizes) {
    for (long size : sizes) {
      if (size < 0) {
        throw new ShapeException(
            "a shape has lengths from 0, found %s; take the lengths from another value's shape()"
                .formatted(Arrays.toString(sizes)));
      }
    }
    Dims dims = Dims.of(sizes);
    dims.count();
    return dims;
  }

  static void filled(Dims dims, long axis) {
    if (dims.get(dims.axis(axis)).size() == 0) {
      throw new ShapeException(
          "axis %s of %s is empty: there is no element to choose".formatted(axis, dims));
    }
  }

  /** The index of an axis to insert; there is one more than there are axes. */
  static int inserted(String op, Dims dims, long axis) {
    long place = axis < 0 ? axis + dims.rank() + 1 : axis;
    if (place < 0 || place > dims.rank()) {
      throw new ShapeException(
          "%s: a new axis %s does not fit into %s; %s to %s do"
              .formatted(op, axis, dims, -dims.rank() - 1, dims.rank()));
    }
    return (int) place;
  }

  /** The length of an axis, which may be unknown, times a number. */
  static Dim times(Dim dim, long factor) {
    try {
      return dim.isKnown()
          ? new Dim(Math.multiplyExact(dim.size(), factor), factor == 1 ? dim.name() : null)
          : Dim.upTo(Dim.product(dim.most(), factor));
    } catch (ArithmeticException e) {
      throw new ShapeException(
          "%s times the length %s is more than an axis can have".formatted(factor, dim.size()));
    }
  }

  static Dims equal(String op, Dims dims, Dims other) {
    Rules.same(dims, other, op);
    return dims.isKnown() ? dims : Rules.broadcast(dims, other);
  }

  static List<Dims> dims(List<Meta> metas) {
    return metas.stream().map(Meta::dims).toList();
  }
}
