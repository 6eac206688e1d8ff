package org.nnsight4j.toolkit.activations;

/**
 * How many numbers fall into which bin, of a stream whose range is not known before: when a number
 * is outside, the range doubles and two bins become one. The same stream gives the same bins.
 */
final class Histogram {
  /** Even, so that bins can be merged in pairs. */
  static final int BINS = 40;

  private long[] counts = new long[BINS];
  private double low;
  private double high;

  void add(double value) {
    if (!Double.isFinite(value)) {
      return;
    }
    if (high == low) {
      double size = Math.max(1e-6, Math.abs(value));
      high = Math.pow(2, Math.ceil(Math.log(size) / Math.log(2)));
    }
    while (value > high) {
      double range = high - low;
      counts = merged(0);
      high += range;
    }
    while (value < low) {
      double range = high - low;
      counts = merged(BINS / 2);
      low -= range;
    }
    int bin = (int) ((value - low) / (high - low) * BINS);
    counts[Math.min(BINS - 1, bin)]++;
  }

  private long[] merged(int from) {
    long[] half = new long[BINS];
    for (int i = 0; i < BINS; i++) {
      half[from + i / 2] += counts[i];
    }
    return half;
  }

  long[] counts() {
    return counts.clone();
  }

  /** One more than bins. */
  double[] bounds() {
    double end = high > low ? high : 1;
    double[] bounds = new double[BINS + 1];
    for (int i = 0; i <= BINS; i++) {
      bounds[i] = low + (end - low) * i / BINS;
    }
    return bounds;
  }
}
