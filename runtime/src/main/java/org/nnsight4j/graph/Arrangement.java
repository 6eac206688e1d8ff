package org.nnsight4j.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.shape.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * What every value can do with its axes: reductions, products, other arrangements, other types.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Arrangement<A> extends Elementwise<A> permits Value {
  private static final List<String> REDUCTIONS =
      List.of("sum", "mean", "max", "min", "var", "std", "norm", "any", "all");

  Arrangement() {}

  // Reductions; no axes means all of them.

  public Value<Axis> sum(int... axes) {
    return reduce("sum", false, axes);
  }

  public Value<Axis> mean(int... axes) {
    return reduce("mean", false, axes);
  }

  public Value<Axis> max(int... axes) {
    return reduce("max", false, axes);
  }

  public Value<Axis> min(int... axes) {
    return reduce("min", false, axes);
  }

  /** The variance, divided by n - 1 as in PyTorch. */
  public Value<Axis> var(int... axes) {
    return reduce("var", false, axes);
  }

  /** The standard deviation, divided by n - 1 as in PyTorch. */
  public Value<Axis> std(int... axes) {
    return reduce("std", false, axes);
  }

  /** The Euclidean norm. */
  public Value<Axis> norm(int... axes) {
    return reduce("norm", false, axes);
  }

  public Value<Axis> any(int... axes) {
    return reduce("any", false, axes);
  }

  public Value<Axis> all(int... axes) {
    return reduce("all", false, axes);
  }

  /**
   * A reduction whose axes stay with length 1, so that the result broadcasts against this value.
   *
   * @param name sum, mean, max, min, var, std, norm, any or all
   */
  public Value<Axis> keepAxes(String name, int... axes) {
    given(name, "keepAxes");
    if (!REDUCTIONS.contains(name)) {
      throw self()
          .recording()
          .fail(
              "keepAxes: '%s' is no reduction; there are %s"
                  .formatted(name, String.join(", ", REDUCTIONS)),
              UserFrames.here());
    }
    return reduce(name, true, axes);
  }

  public Value<Axis> argMax(int axis) {
    return call("argmax", (long) axis, false);
  }

  public Value<Axis> argMin(int axis) {
    return call("argmin", (long) axis, false);
  }

  public Value<A> softmax(int axis) {
    return call("softmax", (long) axis);
  }

  public Value<A> logSoftmax(int axis) {
    return call("log_softmax", (long) axis);
  }

  /** The {@code k} largest elements of an axis, largest first. */
  public TopK topK(int k, int axis) {
    return new TopK(
        call("topk_values", (long) k, (long) axis), call("topk_indices", (long) k, (long) axis));
  }

  /** The largest elements of an axis, and where they stood. */
  public record TopK(Value<Axis> values, Value<Axis> indices) {}

  // Products and arrangement.

  /** The matrix product over the last axis of this and the second last of {@code other}. */
  public <B> Value<B> matMul(Value<B> other) {
    return call("matmul", other);
  }

  public Value<Axis> matMul(Tensor other) {
    return call("matmul", self().recording().constant(other));
  }

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

  private Value<Axis> reduce(String name, boolean keep, int... axes) {
    given(axes, name);
    return call(name, longs(axes), keep);
  }

  private static long[] longs(int[] numbers) {
    return IntStream.of(numbers).asLongStream().toArray();
  }
}
