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

/** What each layer would predict at each position of a prompt, by one of the lenses. */
public final class LogitLensResult implements AnalysisResult {
  /** The row of a lens that also reads the embeddings. */
  static final int EMBEDDING = -1;

  private final String lens;
  private final LanguageModel<?> model;
  private final PromptTokens prompt;
  private final @Nullable Answer target;
  private final List<Row> rows = new ArrayList<>();

  /**
   * One token that a layer would predict.
   *
   * @param text its text, as figures show it
   */
  public record Prediction(long id, String text, double probability) {}

  /** What a lens read off after a layer, or off the embeddings. */
  record Found(int layer, String name, LensReading.Kept kept) {}

  /** The numbers of one layer by position; no targets if none was asked for. */
  private record Row(
      int layer,
      String name,
      List<List<Prediction>> top,
      double[] logProbabilities,
      double[] ranks) {}

  LogitLensResult(String lens, LensReading reading, PromptTokens prompt, List<Found> found) {
    this.lens = lens;
    this.model = reading.model();
    this.prompt = prompt;
    this.target = reading.target();
    for (Found each : found) {
      rows.add(
          new Row(
              each.layer,
              each.name,
              predictions(each.kept),
              numbers(each.kept.targetLogProbability()),
              numbers(each.kept.targetRank())));
    }
  }

  private static double[] numbers(@Nullable Saved<Axis> saved) {
    return saved == null ? new double[0] : saved.value().toDoubleArray();
  }

  private List<List<Prediction>> predictions(LensReading.Kept layer) {
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

  private Row row(int layer) {
    int wanted = Passes.layer(model, layer);
    return rows.stream()
        .filter(row -> row.layer == wanted)
        .findFirst()
        .orElseThrow(
            () ->
                new RunException(
                    "this lens does not read layer %s, only %s".formatted(wanted, layers())));
  }

  private Row embedding() {
    return rows.stream()
        .filter(row -> row.layer == EMBEDDING)
        .findFirst()
        .orElseThrow(
            () ->
                new RunException(
                    "the %s does not read the embeddings, only %s; a tuned lens (TunedLens) does"
                        .formatted(lens, layers())));
  }

  /**
   * The names of the rows, for example {@code h.0}; the first of a tuned lens is {@code embedding}.
   */
  public List<String> layers() {
    return rows.stream().map(Row::name).toList();
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
    return row(layer).top.get(prompt.position(position));
  }

  /**
   * The likeliest tokens that a tuned lens reads off the embeddings, before layer 0.
   *
   * @throws RunException if it is a logit lens or a Jacobian lens, which do not read them; {@code
   *     LogitLens} has no row before layer 0
   */
  public List<Prediction> embeddingTop(int position) {
    return embedding().top.get(prompt.position(position));
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
    return row(layer).logProbabilities[prompt.position(position)];
  }

  /** How many tokens are likelier than the target; 0 if it is the likeliest. */
  public int targetRank(int layer, int position) {
    requireTarget();
    return (int) row(layer).ranks[prompt.position(position)];
  }

  /**
   * {@link #targetLogProbability} of a tuned lens on the embeddings, before layer 0.
   *
   * @throws RunException if this lens does not read them
   */
  public double embeddingTargetLogProbability(int position) {
    requireTarget();
    return embedding().logProbabilities[prompt.position(position)];
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
        Heatmap.of(
                lens.equals("logit lens")
                    ? "What each layer predicts next"
                    : "What each layer predicts next, by the " + lens,
                Scale.UNIT.unit("probability"))
            .columns("layer", prompt.tokens());
    for (Row row : rows) {
      List<Cell> cells = new ArrayList<>();
      for (int p = 0; p < prompt.length(); p++) {
        cells.add(cell(row, p));
      }
      heatmap = heatmap.row(row.name, cells);
    }
    return heatmap;
  }

  private Cell cell(Row row, int position) {
    List<String> lines = new ArrayList<>();
    List<String> hints = new ArrayList<>();
    for (Prediction each : row.top.get(position)) {
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
              (int) row.ranks[position],
              Math.exp(row.logProbabilities[position])));
    }
    return new Cell(lines, row.top.get(position).get(0).probability, String.join("\n", hints));
  }

  /** The probability of the target by layer, at one position. */
  public LinePlot targetFigure(int position) {
    Answer wanted = requireTarget();
    double[] points = rows.stream().mapToDouble(Row::layer).toArray();
    double[] values =
        rows.stream()
            .mapToDouble(row -> Math.exp(row.logProbabilities[prompt.position(position)]))
            .toArray();
    return LinePlot.of(
            "Probability of %s at position %s".formatted(wanted.label(), prompt.position(position)),
            "layer",
            "probability")
        .points(points)
        .line(wanted.label(), values);
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of(lens);
    json.set("tokens", Json.strings(prompt.tokens()));
    json.set("layers", Json.strings(layers()));
    if (target != null) {
      json.put("target", target.label()).put("target_id", target.id());
    }
    ArrayNode places = json.putArray("predictions");
    for (Row row : rows) {
      for (int p = 0; p < prompt.length(); p++) {
        ObjectNode place = places.addObject().put("layer", row.layer).put("position", p);
        ArrayNode best = place.putArray("top");
        for (Prediction each : row.top.get(p)) {
          best.addObject()
              .put("id", each.id)
              .put("token", each.text)
              .put("probability", each.probability);
        }
        if (target != null) {
          place
              .put("target_probability", Math.exp(row.logProbabilities[p]))
              .put("target_rank", (int) row.ranks[p]);
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
