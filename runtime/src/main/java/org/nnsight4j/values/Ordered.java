package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;

/**
 * Operations along an axis: order, largest elements, running sums.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Ordered<A> {
  /** The {@code k} largest elements of an axis, largest first. */
  default TopK topK(int k, int axis) {
    return topK(k, axis, true);
  }

  /** The {@code k} largest or smallest elements of an axis, the most extreme first. */
  default TopK topK(int k, int axis, boolean largest) {
    return new TopK(
        call(this, "topk_values", (long) k, (long) axis, largest),
        call(this, "topk_indices", (long) k, (long) axis, largest));
  }

  /** The largest elements of an axis, and their indices. */
  record TopK(Value<Axis> values, Value<Axis> indices) {}

  /** Sorts an axis, keeping the order of equal elements; also gives their indices before. */
  default Sorted<A> sort(int axis, boolean descending) {
    return new Sorted<>(
        call(this, "sort_values", (long) axis, descending),
        call(this, "sort_indices", (long) axis, descending));
  }

  /** The sorted elements of an axis, and their indices before. */
  record Sorted<A>(Value<A> values, Value<A> indices) {}

  /** The indices that sort the axis; equal elements keep their order. */
  default Value<A> argSort(int axis, boolean descending) {
    return call(this, "sort_indices", (long) axis, descending);
  }

  /**
   * Where in this sorted vector each value belongs: before equal elements, or after them ({@code
   * right}).
   */
  default Value<Axis> searchSorted(Value<?> values, boolean right) {
    return call(this, "searchsorted", values, right);
  }

  default Value<A> cumSum(int axis) {
    return call(this, "cumsum", (long) axis);
  }

  default Value<A> cumProd(int axis) {
    return call(this, "cumprod", (long) axis);
  }

  /** The logarithm of the running sum of exponentials. */
  default Value<A> logCumSumExp(int axis) {
    return call(this, "logcumsumexp", (long) axis);
  }

  /** The running maximum of an axis, and its index. */
  default Sorted<A> cumMax(int axis) {
    return new Sorted<>(
        call(this, "cummax_values", (long) axis), call(this, "cummax_indices", (long) axis));
  }

  /** The running minimum of an axis, and its index. */
  default Sorted<A> cumMin(int axis) {
    return new Sorted<>(
        call(this, "cummin_values", (long) axis), call(this, "cummin_indices", (long) axis));
  }
}
