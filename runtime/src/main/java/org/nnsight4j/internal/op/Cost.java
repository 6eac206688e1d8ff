package org.nnsight4j.internal.op;

import java.util.function.ToDoubleFunction;

/**
 * How much a call computes: an upper bound of additions, multiplications, comparisons and moves of
 * numbers that is not many times too large. A server adds these up before it accepts a graph.
 */
record Cost(String text, ToDoubleFunction<CostInputs> function) {
  /** Each element is looked at once, or a few times. */
  static final Cost ELEMENTS =
      new Cost("elements of the arguments and the result", CostInputs::elements);

  /** Each element of the result is a sum over the last axis of x. */
  static final Cost PRODUCT =
      new Cost(
          "2 for each element of the result and of x's last axis",
          in -> in.elements() + 2 * in.result() * in.length(0, -1));

  /** For each pair of vectors of x and y along an axis, broadcast. */
  static Cost pairs(int axis, int each) {
    return new Cost(
        "%s for each element of x and y, broadcast".formatted(each),
        in ->
            in.elements() + each * in.result() * in.pairLength(Math.toIntExact(in.integer(axis))));
  }

  /** The axis is sorted. */
  static Cost sorted(int axis) {
    return new Cost(
        "elements, times the logarithm of the axis",
        in ->
            in.elements() + 2 * in.size(0) * log2(in.length(0, Math.toIntExact(in.integer(axis)))));
  }

  /** A matrix is decomposed. */
  static Cost cubic(int factor) {
    return new Cost(
        "%s n³ for each matrix, n its longer side".formatted(factor),
        in -> in.elements() + factor * in.size(0) * Math.max(in.length(0, -1), in.length(0, -2)));
  }

  static Cost of(String text, ToDoubleFunction<CostInputs> function) {
    return new Cost(text, function);
  }

  static double log2(double n) {
    return Math.log(Math.max(2, n)) / Math.log(2);
  }
}
