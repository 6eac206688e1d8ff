package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;

/**
 * Biases that grow with the position of a key: each head adds its slope times the position to its
 * scores (ALiBi). A row's softmax does not depend on where positions begin.
 */
public final class Alibi {
  private final NDArray slopes;
  private final double divisor;

  /**
   * The biases of all heads.
   *
   * @param rounded whether slopes and biases are rounded to bfloat16, as Falcon's
   * @param divisor the number that biases are divided by
   */
  public Alibi(Parts parts, int heads, boolean rounded, double divisor) {
    int power = Integer.highestOneBit(heads);
    this.divisor = divisor;
    this.slopes =
        parts.constant(
            "alibi_slopes",
            base(power),
            (long) power,
            base(2 * power),
            (long) Math.min(power, heads - power),
            rounded);
  }

  /** The slope of the first head, where the number of heads is a power of 2. */
  private static double base(int heads) {
    return Math.pow(2, -Math.pow(2, -(Math.log(heads) / Math.log(2) - 3)));
  }

  /**
   * A mask of {@code [rows, 1, queries, keys]} with the biases of each head.
   *
   * @param places the positions of the keys in their rows, {@code [rows, keys]}
   */
  NDArray added(TorchOps ops, Arena arena, NDArray mask, NDArray places) {
    return ops.call(arena, "alibi_mask", mask, slopes, places, divisor);
  }
}
