package org.nnsight4j.internal.op;

import java.util.function.ToDoubleFunction;

/**
 * An upper bound of the bytes that a kernel needs at the same time besides its arguments and its
 * result: a server adds them to the cost of a graph, and a worker checks them before it calls a
 * kernel.
 */
record Scratch(ToDoubleFunction<CostInputs> function) {
  private static final int WIDEST = 8;

  /** Two copies of all arguments and of the result, in the widest type. */
  static final Scratch COPIES = new Scratch(in -> 2 * WIDEST * in.elements());

  /** Integers whose bits are mixed, two for each element. */
  static final Scratch MIXED = new Scratch(in -> 12 * WIDEST * in.elements());

  /** Matrices in LAPACK's layout, and its own temporary memory. */
  static final Scratch FACTORS =
      new Scratch(
          in ->
              16 * WIDEST * in.elements()
                  + 8 * WIDEST * in.size(0) / Math.max(1, shorter(in)) * longer(in));

  /** Both operands, broadcast over the matrices of each other. */
  static final Scratch PRODUCT =
      new Scratch(
          in -> {
            double inner = in.length(0, -1);
            double rows = in.rank(0) < 2 ? 1 : in.length(0, -2);
            double columns = in.rank(1) < 2 ? 1 : in.length(1, -1);
            double pairs = in.result() / Math.max(1, rows * columns);
            return WIDEST * (in.elements() + pairs * inner * (rows + columns));
          });

  private static double shorter(CostInputs in) {
    return Math.min(in.length(0, -1), in.length(0, -2));
  }

  private static double longer(CostInputs in) {
    return Math.max(in.length(0, -1), in.length(0, -2));
  }

  static Scratch of(ToDoubleFunction<CostInputs> function) {
    return new Scratch(function);
  }

  /** The bytes of this many of the widest numbers. */
  static double numbers(double count) {
    return WIDEST * count;
  }
}
