package org.nnsight4j.graph;

import org.nnsight4j.shape.Axis;

/**
 * What every value can do along an axis: order, largest elements, running sums.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Ordered<A> extends Reduced<A> permits Multiplied {
  Ordered() {}

  /** The {@code k} largest elements of an axis, largest first. */
  public TopK topK(int k, int axis) {
    return topK(k, axis, true);
  }

  /** The {@code k} largest or smallest elements of an axis, the most extreme first. */
  public TopK topK(int k, int axis, boolean largest) {
    return new TopK(
        call("topk_values", (long) k, (long) axis, largest),
        call("topk_indices", (long) k, (long) axis, largest));
  }

  /** The largest elements of an axis, and where they stood. */
  public record TopK(Value<Axis> values, Value<Axis> indices) {}

  /** The elements of an axis in order, equal ones as they stood, and where they stood. */
  public Sorted<A> sort(int axis, boolean descending) {
    return new Sorted<>(
        call("sort_values", (long) axis, descending),
        call("sort_indices", (long) axis, descending));
  }

  /** The elements of an axis in order, and where they stood. */
  public record Sorted<A>(Value<A> values, Value<A> indices) {}

  /** Where the elements of the sorted axis stood; equal ones keep their order. */
  public Value<A> argSort(int axis, boolean descending) {
    return call("sort_indices", (long) axis, descending);
  }

  /**
   * Where in this sorted vector each value belongs: before its equals, or behind them ({@code
   * right}).
   */
  public Value<Axis> searchSorted(Value<?> values, boolean right) {
    return call("searchsorted", values, right);
  }

  public Value<A> cumSum(int axis) {
    return call("cumsum", (long) axis);
  }

  public Value<A> cumProd(int axis) {
    return call("cumprod", (long) axis);
  }

  /** The logarithm of the running sum of exponentials. */
  public Value<A> logCumSumExp(int axis) {
    return call("logcumsumexp", (long) axis);
  }

  /** The running maximum of an axis, and where it stood. */
  public Sorted<A> cumMax(int axis) {
    return new Sorted<>(call("cummax_values", (long) axis), call("cummax_indices", (long) axis));
  }

  /** The running minimum of an axis, and where it stood. */
  public Sorted<A> cumMin(int axis) {
    return new Sorted<>(call("cummin_values", (long) axis), call("cummin_indices", (long) axis));
  }
}
