package org.nnsight4j.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.shape.Axis;
import org.nnsight4j.shape.Dim;
import org.nnsight4j.tensor.DType;

/**
 * What every value can do with its axes: other arrangements, parts, other types.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Arrangement<A> extends Trained<A> permits Value {
  Arrangement() {}

  public Value<Axis> reshape(long... shape) {
    return call("reshape", shape);
  }

  /** The axes in another order; without arguments, in reverse. */
  public Value<Axis> transpose(int... axes) {
    given(axes, "transpose");
    int[] order =
        axes.length > 0
            ? axes
            : IntStream.iterate(self().shape().rank() - 1, i -> i - 1)
                .limit(self().shape().rank())
                .toArray();
    return call("permute", longs(order));
  }

  /** Two axes exchanged. */
  public Value<Axis> swapAxes(int first, int second) {
    int[] order = IntStream.range(0, self().shape().rank()).toArray();
    int a = checked(() -> self().shape().axis(first));
    int b = checked(() -> self().shape().axis(second));
    order[a] = b;
    order[b] = a;
    return call("permute", longs(order));
  }

  public Value<Axis> expandDims(int axis) {
    return call("unsqueeze", (long) axis);
  }

  public Value<Axis> squeeze(int axis) {
    return call("squeeze", (long) axis);
  }

  /** This value and another joined along an existing axis. */
  public Value<Axis> concat(Value<?> other, int axis) {
    return self().recording().call("concat", Arrays.asList(self(), other), (long) axis);
  }

  /** This value and others of the same shape along a new axis. */
  @SafeVarargs
  public final Value<Axis> stack(int axis, Value<? extends A>... others) {
    given(others, "stack");
    List<Value<?>> parts = new ArrayList<>(List.of(self()));
    parts.addAll(Arrays.asList(others));
    return self().recording().call("stack", parts, (long) axis);
  }

  public Value<A> toType(DType dtype) {
    given(dtype, "toType");
    return call("cast", dtype.name());
  }

  /** An axis at another place, the others in their order. */
  public Value<Axis> moveAxis(int from, int to) {
    List<Integer> order = new ArrayList<>();
    IntStream.range(0, self().shape().rank()).forEach(order::add);
    int source = checked(() -> self().shape().axis(from));
    int target = checked(() -> self().shape().axis(to));
    order.add(target, order.remove(source));
    return call("permute", order.stream().mapToLong(Integer::longValue).toArray());
  }

  /** The axes from the first to the last as one. */
  public Value<Axis> flatten(int first, int last) {
    return call("flatten", (long) first, (long) last);
  }

  /** Several axes in place of one; one length may be -1. */
  public Value<Axis> unflatten(int axis, long... shape) {
    return call("unflatten", (long) axis, shape);
  }

  /** The same numbers for every place of a larger shape; -1 keeps a length. */
  public Value<Axis> broadcastTo(long... shape) {
    return call("expand", shape);
  }

  /** As {@link #broadcastTo}, to the shape of another value. */
  public Value<Axis> broadcastAs(Value<?> other) {
    return call("expand_as", other);
  }

  /** Each axis several times, end to end (NumPy's {@code tile}); numbers in front make axes. */
  public Value<Axis> repeat(long... times) {
    return call("repeat", times);
  }

  /** Each element of an axis several times in a row. */
  public Value<Axis> repeatInterleave(int times, int axis) {
    return call("repeat_interleave", (long) times, (long) axis);
  }

  /** The axes in reverse; at least one. */
  public Value<A> flip(int... axes) {
    given(axes, "flip");
    return call("flip", longs(axes));
  }

  /** Along an axis by some places; what leaves at the end comes back at the beginning. */
  public Value<A> roll(int shift, int axis) {
    return call("roll", (long) shift, (long) axis);
  }

  /** An axis with a number before and after. */
  public Value<Axis> pad(int axis, int before, int after, double value) {
    return call("pad", (long) axis, (long) before, (long) after, value);
  }

  /** Windows of an axis, every {@code step} places; their elements are a new last axis. */
  public Value<Axis> unfold(int axis, int size, int step) {
    return call("unfold", (long) axis, (long) size, (long) step);
  }

  /** An axis in {@code count} parts, all equally long but the last; fewer if it is too short. */
  public List<Value<Axis>> chunk(int count, int axis) {
    long size = known("chunk", axis);
    long each = Math.max(1, (size + count - 1) / Math.max(1, count));
    return parts("chunk", count, axis, Math.max(1, (size + each - 1) / each));
  }

  /** An axis in parts of one length, the last may be shorter. */
  public List<Value<Axis>> split(int length, int axis) {
    long size = known("split", axis);
    return parts("split", length, axis, Math.max(1, (size - 1) / Math.max(1, length) + 1));
  }

  private List<Value<Axis>> parts(String op, long number, int axis, long count) {
    List<Value<Axis>> parts = new ArrayList<>();
    for (long part = 0; part < count; part++) {
      parts.add(call(op, number, (long) axis, part));
    }
    return parts;
  }

  /** How many parts there are is decided when they are recorded. */
  private long known(String op, int axis) {
    Dim dim = self().shape().get(checked(() -> self().shape().axis(axis)));
    if (!dim.isKnown()) {
      throw self()
          .recording()
          .fail(
              "%s of %s: the length of axis %d of %s is known in the run only; take parts with get(...)"
                  .formatted(op, self().describe(), axis, self().shape()),
              UserFrames.here());
    }
    return dim.size();
  }
}
