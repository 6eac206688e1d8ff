package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;
import static org.nnsight4j.values.Operands.checked;
import static org.nnsight4j.values.Operands.describe;
import static org.nnsight4j.values.Operands.fail;
import static org.nnsight4j.values.Operands.given;
import static org.nnsight4j.values.Operands.longs;
import static org.nnsight4j.values.Operands.number;
import static org.nnsight4j.values.Operands.record;
import static org.nnsight4j.values.Operands.self;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;

/**
 * Operations on axes and types: rearranging, splitting, converting.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Arrangement<A> {
  default Value<Axis> reshape(long... shape) {
    return call(this, "reshape", shape);
  }

  /** The axes in another order; without arguments, in reverse. */
  default Value<Axis> transpose(int... axes) {
    given(this, axes, "transpose");
    int[] order =
        axes.length > 0
            ? axes
            : IntStream.iterate(self(this).shape().rank() - 1, i -> i - 1)
                .limit(self(this).shape().rank())
                .toArray();
    return call(this, "permute", longs(order));
  }

  /** Swaps two axes. */
  default Value<Axis> swapAxes(int first, int second) {
    int[] order = IntStream.range(0, self(this).shape().rank()).toArray();
    int a = checked(this, () -> self(this).shape().axis(first));
    int b = checked(this, () -> self(this).shape().axis(second));
    order[a] = b;
    order[b] = a;
    return call(this, "permute", longs(order));
  }

  default Value<Axis> expandDims(int axis) {
    return call(this, "unsqueeze", (long) axis);
  }

  default Value<Axis> squeeze(int axis) {
    return call(this, "squeeze", (long) axis);
  }

  /** This value and another joined along an existing axis. */
  default Value<Axis> concat(Value<?> other, int axis) {
    return record(this, "concat", Arrays.asList(self(this), other), (long) axis);
  }

  default Value<A> toType(DType dtype) {
    given(this, dtype, "toType");
    return call(this, "cast", dtype.name());
  }

  /** Moves an axis to another place; the others keep their order. */
  default Value<Axis> moveAxis(int from, int to) {
    List<Integer> order = new ArrayList<>();
    IntStream.range(0, self(this).shape().rank()).forEach(order::add);
    int source = checked(this, () -> self(this).shape().axis(from));
    int target = checked(this, () -> self(this).shape().axis(to));
    order.add(target, order.remove(source));
    return call(this, "permute", order.stream().mapToLong(Integer::longValue).toArray());
  }

  /** Merges the axes from {@code first} to {@code last} into one. */
  default Value<Axis> flatten(int first, int last) {
    return call(this, "flatten", (long) first, (long) last);
  }

  /** Splits one axis into several; one length may be -1. */
  default Value<Axis> unflatten(int axis, long... shape) {
    return call(this, "unflatten", (long) axis, shape);
  }

  /** Repeats the numbers to fill a larger shape; -1 keeps a length. */
  default Value<Axis> broadcastTo(long... shape) {
    return call(this, "expand", shape);
  }

  /** Like {@link #broadcastTo}, with the shape of another value. */
  default Value<Axis> broadcastAs(Value<?> other) {
    return call(this, "expand_as", other);
  }

  /** Repeats each axis, end to end (NumPy's {@code tile}); extra numbers in front create axes. */
  default Value<Axis> repeat(long... times) {
    return call(this, "repeat", times);
  }

  /** Repeats each element of an axis several times in a row. */
  default Value<Axis> repeatInterleave(int times, int axis) {
    return call(this, "repeat_interleave", (long) times, (long) axis);
  }

  /** Reverses the given axes; at least one. */
  default Value<A> flip(int... axes) {
    given(this, axes, "flip");
    return call(this, "flip", longs(axes));
  }

  /** Shifts elements along an axis; what leaves at the end comes back at the beginning. */
  default Value<A> roll(int shift, int axis) {
    return call(this, "roll", (long) shift, (long) axis);
  }

  /** Pads an axis with a number before and after. */
  default Value<Axis> pad(int axis, int before, int after, double value) {
    return call(this, "pad", (long) axis, (long) before, (long) after, value);
  }

  /** Windows of an axis, one every {@code step} elements; a new last axis holds their elements. */
  default Value<Axis> unfold(int axis, int size, int step) {
    return call(this, "unfold", (long) axis, (long) size, (long) step);
  }

  /**
   * Splits an axis into {@code count} parts, all of equal length except the last; fewer if it is
   * too short.
   */
  default List<Value<Axis>> chunk(int count, int axis) {
    long size = known("chunk", axis);
    long each = Math.max(1, (size + count - 1) / Math.max(1, count));
    return parts("chunk", count, axis, Math.max(1, (size + each - 1) / each));
  }

  /** Splits an axis into parts of one length; the last may be shorter. */
  default List<Value<Axis>> split(int length, int axis) {
    long size = known("split", axis);
    return parts("split", length, axis, Math.max(1, (size - 1) / Math.max(1, length) + 1));
  }

  private List<Value<Axis>> parts(String op, long number, int axis, long count) {
    List<Value<Axis>> parts = new ArrayList<>();
    for (long part = 0; part < count; part++) {
      parts.add(call(this, op, number, (long) axis, part));
    }
    return parts;
  }

  /** The number of parts must be known when they are recorded. */
  private long known(String op, int axis) {
    Dim dim = self(this).shape().get(checked(this, () -> self(this).shape().axis(axis)));
    if (!dim.isKnown()) {
      throw fail(
          this,
          "%s of %s: the length of axis %s of %s is known in the run only; take parts with get(...)"
              .formatted(op, describe(this), axis, self(this).shape()));
    }
    return dim.size();
  }
}
