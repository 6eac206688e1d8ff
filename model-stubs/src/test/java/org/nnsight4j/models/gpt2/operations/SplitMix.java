package org.nnsight4j.models.gpt2.operations;

/** The random numbers of decision 007 with Java's own integers. */
final class SplitMix {
  private static final long GAMMA = 0x9E3779B97F4A7C15L;

  private SplitMix() {}

  /** SplitMix64's output function. */
  private static long mix(long state) {
    long z = (state ^ (state >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }

  static long hash(long seed, long place) {
    return mix(mix(seed) + (place + 1) * GAMMA);
  }

  static double uniform(long seed, long place, boolean wide) {
    return wide ? (hash(seed, place) >>> 11) * 0x1p-53 : (hash(seed, place) >>> 40) * 0x1p-24;
  }

  static double normal(long seed, long place) {
    double radius = ((hash(seed, 2 * place) >>> 11) + 1) * 0x1p-53;
    double angle = (hash(seed, 2 * place + 1) >>> 11) * 0x1p-53;
    return Math.sqrt(-2 * Math.log(radius)) * Math.cos(2 * Math.PI * angle);
  }

  static double gumbel(long seed, long place) {
    return -Math.log(-Math.log(((hash(seed, place) >>> 12) + 0.5) * 0x1p-52));
  }
}
