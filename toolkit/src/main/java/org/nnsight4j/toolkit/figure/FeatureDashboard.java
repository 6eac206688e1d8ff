package org.nnsight4j.toolkit.figure;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.RunException;

/**
 * What is known of one feature or neuron: how its activations are distributed, which tokens' logits
 * it raises and lowers most, and texts with the activation of each token. Immutable.
 *
 * <pre>{@code
 * FeatureDashboard.of("Feature 7")
 *     .histogram(new double[] {0, 1, 2}, 90, 10)
 *     .logits(List.of("_Paris"), new double[] {3.5}, List.of("_Rome"), new double[] {-2})
 *     .examples("Top activations", List.of(new DashboardExample(tokens, activations, 3, "text 0")));
 * }</pre>
 */
public final class FeatureDashboard implements Figure {
  private final String title;
  private final double[] bounds;
  private final long[] counts;
  private final double frequency;
  private final Logits logits;
  private final Map<String, List<DashboardExample>> examples;

  /** The most raised and the most lowered tokens. */
  record Logits(List<String> top, double[] topValues, List<String> bottom, double[] bottomValues) {}

  private FeatureDashboard(
      String title,
      double[] bounds,
      long[] counts,
      double frequency,
      Logits logits,
      Map<String, List<DashboardExample>> examples) {
    this.title = title;
    this.bounds = bounds;
    this.counts = counts;
    this.frequency = frequency;
    this.logits = logits;
    this.examples = examples;
  }

  /** A dashboard without numbers. */
  public static FeatureDashboard of(String title) {
    return new FeatureDashboard(
        title,
        new double[0],
        new long[0],
        Double.NaN,
        new Logits(List.of(), new double[0], List.of(), new double[0]),
        Map.of());
  }

  /**
   * How often which activations occur.
   *
   * @param ends the ends of the bins, one more than there are bins
   * @param numbers how many tokens fall into each bin
   */
  public FeatureDashboard histogram(double[] ends, long... numbers) {
    if (ends.length != numbers.length + 1) {
      throw new RunException(
          "%s bins have %s ends, found %s"
              .formatted(numbers.length, numbers.length + 1, ends.length));
    }
    return new FeatureDashboard(title, ends.clone(), numbers.clone(), frequency, logits, examples);
  }

  /** The share of tokens at which it is active at all, from 0 to 1. */
  public FeatureDashboard frequency(double share) {
    return new FeatureDashboard(title, bounds, counts, share, logits, examples);
  }

  /**
   * What it adds to logits.
   *
   * @param top the tokens that it raises most, as they are
   * @param bottom the tokens that it lowers most
   */
  public FeatureDashboard logits(
      List<String> top, double[] topValues, List<String> bottom, double[] bottomValues) {
    if (top.size() != topValues.length || bottom.size() != bottomValues.length) {
      throw new RunException(
          "there are %s and %s numbers for %s and %s tokens"
              .formatted(topValues.length, bottomValues.length, top.size(), bottom.size()));
    }
    return new FeatureDashboard(
        title,
        bounds,
        counts,
        frequency,
        new Logits(List.copyOf(top), topValues.clone(), List.copyOf(bottom), bottomValues.clone()),
        examples);
  }

  /** Adds a group of texts below the others. */
  public FeatureDashboard examples(String name, List<DashboardExample> texts) {
    Map<String, List<DashboardExample>> more = new LinkedHashMap<>(examples);
    if (more.put(name, List.copyOf(texts)) != null) {
      throw new RunException("there are two groups '%s'".formatted(name));
    }
    return new FeatureDashboard(
        title, bounds, counts, frequency, logits, Collections.unmodifiableMap(more));
  }

  @Override
  public String title() {
    return title;
  }

  double[] bounds() {
    return bounds;
  }

  long[] counts() {
    return counts;
  }

  Logits logits() {
    return logits;
  }

  Map<String, List<DashboardExample>> groups() {
    return examples;
  }

  /** The share of active tokens in words; empty if it is not known. */
  String density() {
    return Double.isNaN(frequency)
        ? ""
        : "active at %s%% of tokens".formatted(Scale.number(100 * frequency));
  }

  /** The largest activation of any text. */
  double most() {
    double most = 0;
    for (List<DashboardExample> group : examples.values()) {
      for (DashboardExample each : group) {
        for (double value : each.activations()) {
          most = Math.max(most, value);
        }
      }
    }
    return most;
  }

  /** The logits and the texts; the token for which a text was chosen is in brackets. */
  @Override
  public String text(int width) {
    Heatmap table = Heatmap.of(title, Scale.UNIT).columns("", List.of("number", "of"));
    if (!density().isEmpty()) {
      table = table.row("active", List.of(Cell.numbered(frequency), Cell.of("of all tokens", 0)));
    }
    for (int i = 0; i < counts.length; i++) {
      table =
          table.row(
              Scale.number(bounds[i]) + " to " + Scale.number(bounds[i + 1]),
              List.of(Cell.of(String.valueOf(counts[i]), 0), Cell.of("tokens", 0)));
    }
    table = rows(table, "raises", logits.top, logits.topValues);
    table = rows(table, "lowers", logits.bottom, logits.bottomValues);
    for (Map.Entry<String, List<DashboardExample>> group : examples.entrySet()) {
      for (DashboardExample each : group.getValue()) {
        StringBuilder line = new StringBuilder();
        for (int i = 0; i < each.tokens().size(); i++) {
          String token = Labels.token(each.tokens().get(i));
          line.append(i == each.peak() ? "[" + token + "]" : token);
        }
        table =
            table.row(
                group.getKey(),
                List.of(
                    Cell.numbered(each.activations()[each.peak()]), Cell.of(line.toString(), 0)));
      }
    }
    return table.text(width);
  }

  private static Heatmap rows(Heatmap table, String name, List<String> tokens, double[] values) {
    Heatmap more = table;
    for (int i = 0; i < values.length; i++) {
      more =
          more.row(
              name, List.of(Cell.numbered(values[i]), Cell.of(Labels.token(tokens.get(i)), 0)));
    }
    return more;
  }

  @Override
  public String svg() {
    return new DashboardPicture(this).draw();
  }

  @Override
  public String html() {
    return Page.of(title, svg(), "marks.js", JsonNodeFactory.instance.objectNode());
  }

  /**
   * The feature in the schema that Neuronpedia's pages read for the nodes of a graph (Anthropic's
   * feature files): {@code index}, {@code top_logits}, {@code bottom_logits}, {@code
   * examples_quantiles}, and what circuit-tracer adds.
   *
   * @param index the feature's number; the file is called by it
   */
  public String neuronpedia(int index) {
    ObjectNode json = JsonNodeFactory.instance.objectNode().put("index", index);
    logits.top.forEach(json.putArray("top_logits")::add);
    logits.bottom.forEach(json.putArray("bottom_logits")::add);
    json.put("act_min", 0.0).put("act_max", most());
    if (!Double.isNaN(frequency)) {
      json.put("activation_frequency", frequency);
    }
    ArrayNode groups = json.putArray("examples_quantiles");
    for (Map.Entry<String, List<DashboardExample>> group : examples.entrySet()) {
      ObjectNode one = groups.addObject().put("quantile_name", group.getKey());
      ArrayNode texts = one.putArray("examples");
      for (DashboardExample each : new ArrayList<>(group.getValue())) {
        ObjectNode text =
            texts
                .addObject()
                .put("is_repeated_datapoint", false)
                .put("train_token_ind", each.peak());
        each.tokens().forEach(text.putArray("tokens")::add);
        ArrayNode numbers = text.putArray("tokens_acts_list");
        for (double value : each.activations()) {
          numbers.add(value);
        }
      }
    }
    return json.toString();
  }
}
