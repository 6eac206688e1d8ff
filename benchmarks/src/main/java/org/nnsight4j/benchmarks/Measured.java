package org.nnsight4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** What was measured of a row, round by round. */
final class Measured {
  private static final double MILLI = 1e3;
  private static final double BELOW_IS_MICRO = 1e-3;
  private static final double FIRST_QUARTER = 0.25;
  private static final double LAST_QUARTER = 0.75;

  private final Row row;
  private final List<Double> ours = new ArrayList<>();
  private final List<Double> theirs = new ArrayList<>();
  private final List<Double> numbers = new ArrayList<>();

  Measured(Row row) {
    this.row = row;
  }

  Row row() {
    return row;
  }

  /**
   * Adds a round.
   *
   * @param own our samples
   * @param other Python's, or none
   */
  void add(List<Double> own, List<Double> other) {
    ours.addAll(own);
    theirs.addAll(other);
    double median = Samples.median(own);
    numbers.add(row.kind() == Row.Kind.ABSOLUTE ? median : Samples.median(other) / median);
  }

  boolean isEmpty() {
    return numbers.isEmpty();
  }

  /** The median of the rounds' numbers. */
  double number() {
    return Samples.median(numbers);
  }

  /** How much of the target is reached: 1 is all. */
  double reached() {
    return row.kind() == Row.Kind.ABSOLUTE ? row.target() / number() : number() / row.target();
  }

  /** The line of the table. */
  String line() {
    boolean ratio = row.kind() != Row.Kind.ABSOLUTE;
    String wanted = row.hasTarget() ? (ratio ? "≥ " : "< ") + shown(row.target(), ratio) : "";
    return "| %s | %s | %s | **%s** (%s to %s) | %s |"
        .formatted(
            row.what(),
            spread(ours),
            theirs.isEmpty() ? "" : spread(theirs),
            shown(number(), ratio),
            shown(Samples.at(numbers, 0), ratio),
            shown(Samples.at(numbers, 1), ratio),
            wanted);
  }

  private String spread(List<Double> samples) {
    return "%s (%s to %s)"
        .formatted(
            shown(Samples.median(samples), false),
            shown(Samples.at(samples, FIRST_QUARTER), false),
            shown(Samples.at(samples, LAST_QUARTER), false));
  }

  String shown(double number, boolean ratio) {
    if (ratio) {
      return String.format(Locale.ROOT, "%.2f", number);
    }
    if (row.java() instanceof Row.Started started && started.heap()) {
      return String.format(Locale.ROOT, "%.0f MiB", number);
    }
    return number >= 1
        ? String.format(Locale.ROOT, "%.2f s", number)
        : row.target() < BELOW_IS_MICRO && Math.abs(number) < BELOW_IS_MICRO
            ? String.format(Locale.ROOT, "%.1f µs", number * MILLI * MILLI)
            : String.format(Locale.ROOT, "%.2f ms", number * MILLI);
  }
}
