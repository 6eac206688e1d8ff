package org.nnsight4j.benchmarks;

import java.util.List;

/** Measured numbers of one row. */
final class Samples {
  private Samples() {}

  static double median(List<Double> samples) {
    return at(samples, 0.5);
  }

  /** The number below which a part of the samples is. */
  static double at(List<Double> samples, double part) {
    List<Double> sorted = samples.stream().sorted().toList();
    double place = part * (sorted.size() - 1);
    int low = (int) place;
    int high = Math.min(low + 1, sorted.size() - 1);
    return sorted.get(low) + (place - low) * (sorted.get(high) - sorted.get(low));
  }
}
