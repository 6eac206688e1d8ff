package org.nnsight4j.values;

import java.util.List;
import java.util.Locale;
import org.nnsight4j.error.SourceLine;

/**
 * What really happened in a run: for every read and write how often it fired, its shape and, for a
 * write, how much it changed.
 *
 * @param entries reads and writes in the order of recording
 * @param warnings what is allowed, but probably not intended
 * @param passes how many forward passes there were
 * @param stoppedAt the module after which the last pass ended early, and the line of the stop()
 *     that ended the run; or empty
 * @param precision with which numbers it computed
 * @param parts in how many parts rows were computed, and what they shared, in words; empty if all
 *     rows were one batch
 * @param batched how a server that batches runs of generation ran it, such as {@code batched with
 *     up to 7 other rows} or {@code alone because it takes gradients}; empty where runs are not
 *     batched
 */
public record Receipt(
    List<Entry> entries,
    List<String> warnings,
    int passes,
    String stoppedAt,
    Precision precision,
    String parts,
    String batched) {
  public Receipt {
    entries = List.copyOf(entries);
    warnings = List.copyOf(warnings);
  }

  /** The receipt of a run whose rows were one batch. */
  public Receipt(
      List<Entry> entries,
      List<String> warnings,
      int passes,
      String stoppedAt,
      Precision precision) {
    this(entries, warnings, passes, stoppedAt, precision, "", "");
  }

  /**
   * One read or write.
   *
   * @param kind {@code read}, {@code write} or {@code skip}
   * @param site module path and port
   * @param when the step or steps of generation, in words
   * @param fired how often it happened
   * @param shape the shape of the invoker's part of the site
   * @param change the Euclidean distance between the value before and after; 0 for reads
   */
  public record Entry(
      String kind,
      String site,
      String when,
      SourceLine line,
      int fired,
      List<Long> shape,
      double change) {}

  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    text.append("receipt: %s forward pass%s".formatted(passes, passes == 1 ? "" : "es"));
    text.append(precision.weights().isEmpty() ? "" : " in " + precision);
    text.append(stoppedAt.isEmpty() ? "" : ", stopped after " + stoppedAt);
    text.append(parts.isEmpty() ? "" : ", " + parts);
    text.append(batched.isEmpty() ? "" : ", " + batched);
    for (Entry entry : entries) {
      text.append(
          "%n  %-5s %s, %s, fired %s, shape %s%s  (%s)"
              .formatted(
                  entry.kind(),
                  entry.site(),
                  entry.when(),
                  entry.fired(),
                  entry.shape(),
                  entry.kind().equals("write")
                      ? String.format(Locale.ROOT, ", changed by %.4g", entry.change())
                      : "",
                  entry.line()));
    }
    warnings.forEach(warning -> text.append("%n  warning: ".formatted()).append(warning));
    return text.toString();
  }
}
