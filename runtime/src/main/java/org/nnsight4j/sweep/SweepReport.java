package org.nnsight4j.sweep;

import java.util.Locale;
import java.util.Map;
import java.util.stream.Collectors;
import org.nnsight4j.internal.spelling.Counted;

/**
 * What a sweep will compute, before it runs.
 *
 * @param axes the lengths of the axes by their names
 * @param cells how many interventions there are, for all prompts
 * @param computed how many of them are computed; the others cannot change the metric, which is
 *     known for them without computing
 * @param naiveForwards how many forward passes over all prompts one pass for each cell would take
 * @param forwards how many forward passes over all prompts its blocks amount to, those of the runs
 *     without interventions included
 * @param bytes an estimate of its memory, beside the weights
 * @param chunks in how many parts it is computed
 */
public record SweepReport(
    Map<String, Integer> axes,
    long cells,
    long computed,
    double naiveForwards,
    double forwards,
    long bytes,
    int chunks) {
  public SweepReport {
    axes = Map.copyOf(axes);
  }

  /** How many times less it computes than one forward pass for each cell. */
  public double saved() {
    return naiveForwards / forwards;
  }

  /** One line, as in {@code 180 cells, 60 computed, 8.8 forward equivalents instead of 180.0}. */
  @Override
  public String toString() {
    String shape =
        java.util.stream.Stream.of("prompt", "site", "layer", "position", "head", "strength")
            .filter(name -> axes.getOrDefault(name, 1) > 1)
            .map(name -> axes.get(name) + " " + name + "s")
            .collect(Collectors.joining(" x "));
    return String.format(
        Locale.ROOT,
        "%s%s, %s computed, %.1f forward equivalents instead of %.1f (%.1f times less), about %s, %s",
        shape.isEmpty() ? "" : shape + ": ",
        Counted.of(cells, "cell"),
        computed,
        forwards,
        naiveForwards,
        saved(),
        size(bytes),
        Counted.of(chunks, "chunk"));
  }

  private static String size(long bytes) {
    return bytes < 10_000_000
        ? String.format(Locale.ROOT, "%.1f MB", bytes / 1e6)
        : String.format(Locale.ROOT, "%.2f GB", bytes / 1e9);
  }
}
