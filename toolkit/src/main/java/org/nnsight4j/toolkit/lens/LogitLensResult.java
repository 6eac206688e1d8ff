package org.nnsight4j.toolkit.lens;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Labels;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;

/** What each layer would predict at each position of a prompt. */
public final class LogitLensResult implements AnalysisResult {
  private final LanguageModel<?> model;
  private final PromptTokens prompt;
  private final @Nullable Answer target;
  private final List<String> layers;
  private final List<List<List<Prediction>>> top = new ArrayList<>();
  private final double[][] logProbabilities;
  private final int[][] ranks;

  /**
   * One token that a layer would predict.
   *
   * @param text its text, as figures show it
   */
  public record Prediction(long id, String text, double probability) {}

  LogitLensResult(
      LanguageModel<?> model,
      PromptTokens prompt,
      @Nullable Answer target,
      List<String> layers,
      List<LogitLens.Layer> found) {
    this.model = model;
    this.prompt = prompt;
    this.target = target;
    this.layers = layers;
    this.logProbabilities = new double[found.size()][];
    this.ranks = new int[found.size()][];
    for (int i = 0; i < found.size(); i++) {
      top.add(predictions(found.get(i)));
      Saved<Axis> logProbability = found.get(i).targetLogProbability();
      Saved<Axis> rank = found.get(i).targetRank();
      if (logProbability != null && rank != null) {
        logProbabilities[i] = logProbability.value().toDoubleArray();
        double[] counts = rank.value().toDoubleArray();
        ranks[i] = new int[counts.length];
        for (int p = 0; p < counts.length; p++) {
          ranks[i][p] = (int) counts[p];
        }
      }
    }
  }

  private List<List<Prediction>> predictions(LogitLens.Layer layer) {
    Tensor probabilities = layer.probabilities().value();
    long[] ids = layer.ids().value().toLongArray();
    int k = (int) probabilities.shape(-1);
    List<List<Prediction>> positions = new ArrayList<>();
    for (int p = 0; p < prompt.length(); p++) {
      List<Prediction> best = new ArrayList<>();
      for (int i = 0; i < k; i++) {
        long id = ids[p * k + i];
        best.add(new Prediction(id, PromptTokens.label(model, id), probabilities.at(p * k + i)));
      }
      positions.add(List.copyOf(best));
    }
    return positions;
  }

  /** The names of the layers, for example {@code h.0}. */
  public List<String> layers() {
    return layers;
  }

  /** The tokens of the prompt, as figures show them. */
  public List<String> tokens() {
    return prompt.tokens();
  }

  /**
   * The likeliest tokens, in descending order.
   *
   * @param layer from 0, or from -1 backwards
   * @param position from 0, or from -1 backwards
   */
  public List<Prediction> top(int layer, int position) {
    return top.get(Passes.layer(model, layer)).get(prompt.position(position));
  }

  /**
   * The probability of the target.
   *
   * @throws RunException if no target was given
   */
  public double targetProbability(int layer, int position) {
    return Math.exp(targetLogProbability(layer, position));
  }

  /** The natural logarithm of {@link #targetProbability}. */
  public double targetLogProbability(int layer, int position) {
    requireTarget();
    return logProbabilities[Passes.layer(model, layer)][prompt.position(position)];
  }

  /** How many tokens are likelier than the target; 0 if it is the likeliest. */
  public int targetRank(int layer, int position) {
    requireTarget();
    return ranks[Passes.layer(model, layer)][prompt.position(position)];
  }

  private Answer requireTarget() {
    if (target == null) {
      throw new RunException(
          "no target was given; LogitLens.of(model).target(\" Paris\") gives one");
    }
    return target;
  }

  /** The likeliest tokens of each layer and position, coloured by the first one's probability. */
  @Override
  public Heatmap figure() {
    Heatmap heatmap =
        Heatmap.of("What each layer predicts next", Scale.UNIT.unit("probability"))
            .columns("layer", prompt.tokens());
    for (int layer = 0; layer < layers.size(); layer++) {
      List<Cell> cells = new ArrayList<>();
      for (int p = 0; p < prompt.length(); p++) {
        cells.add(cell(layer, p));
      }
      heatmap = heatmap.row(layers.get(layer), cells);
    }
    return heatmap;
  }

  private Cell cell(int layer, int position) {
    List<String> lines = new ArrayList<>();
    List<String> hints = new ArrayList<>();
    for (Prediction each : top.get(layer).get(position)) {
      lines.add(each.text + " " + Labels.percent(each.probability));
      hints.add(
          String.format(Locale.ROOT, "%s (token %s): %.4f", each.text, each.id, each.probability));
    }
    if (target != null) {
      hints.add(
          String.format(
              Locale.ROOT,
              "%s: rank %s, %.4f",
              target.label(),
              targetRank(layer, position),
              targetProbability(layer, position)));
    }
    return new Cell(
        lines, top.get(layer).get(position).get(0).probability, String.join("\n", hints));
  }

  /** The probability of the target by layer, at one position. */
  public LinePlot targetFigure(int position) {
    Answer wanted = requireTarget();
    double[] points = new double[layers.size()];
    double[] values = new double[layers.size()];
    for (int i = 0; i < points.length; i++) {
      points[i] = i;
      values[i] = targetProbability(i, position);
    }
    return LinePlot.of(
            "Probability of %s at position %s".formatted(wanted.label(), prompt.position(position)),
            "layer",
            "probability")
        .points(points)
        .line(wanted.label(), values);
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("logit lens");
    json.set("tokens", Json.strings(prompt.tokens()));
    json.set("layers", Json.strings(layers));
    if (target != null) {
      json.put("target", target.label()).put("target_id", target.id());
    }
    ArrayNode places = json.putArray("predictions");
    for (int layer = 0; layer < layers.size(); layer++) {
      for (int p = 0; p < prompt.length(); p++) {
        ObjectNode place = places.addObject().put("layer", layer).put("position", p);
        ArrayNode best = place.putArray("top");
        for (Prediction each : top.get(layer).get(p)) {
          best.addObject()
              .put("id", each.id)
              .put("token", each.text)
              .put("probability", each.probability);
        }
        if (target != null) {
          place
              .put("target_probability", targetProbability(layer, p))
              .put("target_rank", targetRank(layer, p));
        }
      }
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
