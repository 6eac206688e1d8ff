package org.nnsight4j.sweep;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.nnsight4j.tensor.Tensor;

/**
 * What a sweep found: for each metric a tensor of FLOAT64, with an axis for everything that the
 * sweep varies, in the order prompt, site, layer, position, head, strength. A cell that does not
 * exist, such as a position behind the end of a shorter prompt, is NaN.
 */
public final class SweepResult {
  /** An axis of a result, with the name of each cell along it. */
  public record Axis(String name, List<String> labels) {
    public Axis {
      labels = List.copyOf(labels);
    }
  }

  /**
   * The numbers of one metric.
   *
   * @param clean of each prompt's clean run, {@code [prompt]}
   * @param corrupted of each prompt's corrupted run; the same if there is none
   * @param cells with the axes of the result
   */
  public record Numbers(Tensor clean, Tensor corrupted, Tensor cells) {}

  private final List<Axis> axes;
  private final Map<String, Numbers> metrics;
  private final boolean pairs;

  /**
   * A result of pairs of texts.
   *
   * @param axes of all metrics' cells
   */
  public SweepResult(List<Axis> axes, Map<String, Numbers> metrics) {
    this(axes, metrics, true);
  }

  private SweepResult(List<Axis> axes, Map<String, Numbers> metrics, boolean pairs) {
    this.axes = List.copyOf(axes);
    this.metrics = new LinkedHashMap<>(metrics);
    this.pairs = pairs;
  }

  /** A result of texts that stand alone, so that there was no corrupted run. */
  public static SweepResult withoutCorrupted(List<Axis> axes, Map<String, Numbers> metrics) {
    return new SweepResult(axes, metrics, false);
  }

  /** The axes of each metric's tensor. */
  public List<Axis> axes() {
    return axes;
  }

  /** The names of the metrics. */
  public Set<String> names() {
    return metrics.keySet();
  }

  /**
   * The cells of a metric, with the axes of {@link #axes()}.
   *
   * @throws IllegalArgumentException if there is no such metric
   */
  public Tensor of(String name) {
    return numbers(name).cells();
  }

  /** The metric of each prompt's clean run, {@code [prompt]}. */
  public Tensor clean(String name) {
    return numbers(name).clean();
  }

  /**
   * The metric of each prompt's corrupted run, {@code [prompt]}; that of the clean run if the texts
   * stand alone.
   */
  public Tensor corrupted(String name) {
    return numbers(name).corrupted();
  }

  /**
   * The cells of a metric on the scale on which the clean run has 1 and the corrupted run 0, prompt
   * by prompt; NaN where the two are equal.
   */
  public Tensor normalized(String name) {
    Numbers numbers = numbers(name);
    double[] all = new double[numbers.cells().size()];
    int each = all.length / Math.max(1, numbers.clean().size());
    for (int i = 0; i < all.length; i++) {
      double zero = numbers.corrupted().at(i / each);
      all[i] = (numbers.cells().at(i) - zero) / (numbers.clean().at(i / each) - zero);
    }
    return Tensor.of(all, numbers.cells().shape());
  }

  /** The cells of a metric as a mean over prompts, leaving out those that do not exist. */
  public Tensor mean(String name) {
    return mean(numbers(name).cells());
  }

  private static Tensor mean(Tensor cells) {
    int prompts = (int) cells.shape(0);
    double[] means = new double[cells.size() / prompts];
    for (int cell = 0; cell < means.length; cell++) {
      int count = 0;
      double sum = 0;
      for (int prompt = 0; prompt < prompts; prompt++) {
        double number = cells.at(prompt * means.length + cell);
        if (!Double.isNaN(number)) {
          sum += number;
          count++;
        }
      }
      means[cell] = count == 0 ? Double.NaN : sum / count;
    }
    return Tensor.of(means, Arrays.copyOfRange(cells.shape(), 1, cells.rank()));
  }

  private Numbers numbers(String name) {
    Numbers numbers = metrics.get(name);
    if (numbers == null) {
      throw new IllegalArgumentException(
          "there is no metric '%s'; there are %s".formatted(name, metrics.keySet()));
    }
    return numbers;
  }

  /** A table for each metric, of means over prompts: the last axis across, the others down. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder();
    metrics.forEach(
        (name, numbers) -> {
          text.append(
              String.format(
                  Locale.ROOT,
                  "%s (clean %s%s)%n",
                  name,
                  shown(mean(numbers.clean()).at(0)),
                  pairs ? ", corrupted " + shown(mean(numbers.corrupted()).at(0)) : ""));
          table(text, mean(numbers.cells()));
        });
    return text.toString();
  }

  private void table(StringBuilder text, Tensor means) {
    List<Axis> shown = axes.subList(1, axes.size());
    if (shown.isEmpty()) {
      text.append(shown(means.at(0))).append(System.lineSeparator());
      return;
    }
    Axis across = shown.get(shown.size() - 1);
    List<List<String>> lines = new ArrayList<>();
    List<String> head = new ArrayList<>(List.of(""));
    head.addAll(across.labels());
    lines.add(head);
    int width = across.labels().size();
    for (int row = 0; row < means.size() / width; row++) {
      List<String> line = new ArrayList<>(List.of(label(shown.subList(0, shown.size() - 1), row)));
      for (int column = 0; column < width; column++) {
        line.add(shown(means.at(row * width + column)));
      }
      lines.add(line);
    }
    for (List<String> line : lines) {
      for (int column = 0; column <= width; column++) {
        int at = column;
        int wide = lines.stream().mapToInt(each -> each.get(at).length()).max().orElse(0);
        String pad = " ".repeat(wide - line.get(column).length());
        text.append(column == 0 ? line.get(0) + pad : "  " + pad + line.get(column));
      }
      text.append(System.lineSeparator());
    }
  }

  private static String label(List<Axis> axes, int row) {
    List<String> labels = new ArrayList<>();
    int rest = row;
    for (int axis = axes.size() - 1; axis >= 0; axis--) {
      List<String> all = axes.get(axis).labels();
      labels.add(0, all.get(rest % all.size()));
      rest /= all.size();
    }
    return String.join(" ", labels);
  }

  private static String shown(double number) {
    return Double.isNaN(number) ? "-" : String.format(Locale.ROOT, "%.3f", number);
  }
}
