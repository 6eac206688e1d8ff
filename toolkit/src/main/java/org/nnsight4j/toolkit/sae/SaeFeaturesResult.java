package org.nnsight4j.toolkit.sae;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.ColouredTokens;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** The most active features of each token of a prompt. */
public final class SaeFeaturesResult implements AnalysisResult {
  private final String place;
  private final PromptTokens prompt;
  private final List<List<Activation>> top = new ArrayList<>();
  private final double[] active;
  private final double explained;

  /** A feature and how active it is. */
  public record Activation(int feature, double value) {}

  SaeFeaturesResult(String place, PromptTokens prompt, int k, SaeFeatures.Found found) {
    this.place = place;
    this.prompt = prompt;
    double[] values = found.values().value().toDoubleArray();
    long[] ids = found.ids().value().toLongArray();
    for (int p = 0; p < prompt.length(); p++) {
      List<Activation> best = new ArrayList<>();
      for (int i = 0; i < k; i++) {
        if (values[p * k + i] != 0) {
          best.add(new Activation((int) ids[p * k + i], values[p * k + i]));
        }
      }
      top.add(List.copyOf(best));
    }
    this.active = found.active().value().toDoubleArray();
    this.explained = 1 - found.error().value().item() / found.variance().value().item();
  }

  /** The most active features of a token, in descending order; fewer if fewer are active. */
  public List<Activation> top(int position) {
    return top.get(prompt.position(position));
  }

  /** How many features are active at a token (L0). */
  public int active(int position) {
    return (int) active[prompt.position(position)];
  }

  /**
   * The share of the variance over tokens that the reconstruction explains: 1 if it is exact; below
   * 0 if it is worse than the mean.
   */
  public double explainedVariance() {
    return explained;
  }

  /** The features that are most active anywhere, with their largest value. */
  public List<Activation> strongest(int count) {
    Map<Integer, Double> most = new TreeMap<>();
    top.forEach(best -> best.forEach(each -> most.merge(each.feature, each.value, Math::max)));
    return most.entrySet().stream()
        .map(entry -> new Activation(entry.getKey(), entry.getValue()))
        .sorted(Comparator.comparingDouble((Activation each) -> -each.value))
        .limit(Index.atMost(count))
        .toList();
  }

  /** How active one feature is at each token, as far as it is among their most active ones. */
  public ColouredTokens figure(int feature) {
    double[] values = values(feature);
    return ColouredTokens.of(
        "Feature %s at %s".formatted(feature, place),
        Scale.upToLargest(values).unit("activation"),
        prompt.tokens(),
        values);
  }

  private double[] values(int feature) {
    double[] values = new double[prompt.length()];
    for (int p = 0; p < values.length; p++) {
      for (Activation each : top.get(p)) {
        values[p] = each.feature == feature ? each.value : values[p];
      }
    }
    return values;
  }

  /** The strongest features by tokens. */
  @Override
  public Heatmap figure() {
    List<Activation> rows = strongest(20);
    double most = rows.isEmpty() ? 1 : rows.get(0).value;
    Heatmap heatmap =
        Heatmap.of(
                "Features at %s".formatted(place),
                Scale.upTo(most > 0 ? most : 1).unit("activation"))
            .columns("feature", prompt.tokens());
    for (Activation row : rows) {
      List<Cell> cells = new ArrayList<>();
      for (double value : values(row.feature)) {
        cells.add(value == 0 ? Cell.of("", 0) : Cell.numbered(value));
      }
      heatmap = heatmap.row("" + row.feature, cells);
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("sae features").put("place", place).put("explained_variance", explained);
    json.set("tokens", Json.strings(prompt.tokens()));
    json.set("active", Json.numbers(active));
    ArrayNode all = json.putArray("top");
    for (List<Activation> best : top) {
      ArrayNode one = all.addArray();
      best.forEach(
          each -> one.addObject().put("feature", each.feature).put("activation", each.value));
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
