package org.nnsight4j.toolkit.attribution;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.BarChart;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** What each part of a model adds to a logit, or to a difference of two. */
public final class DirectLogitAttributionResult implements AnalysisResult {
  private final PromptTokens prompt;
  private final int position;
  private final List<Answer> answers;
  private final Parts parts;

  /** All numbers; {@code biases} are those of the final normalisation and of the unembedding. */
  record Parts(
      double tokens,
      double positions,
      double[] attention,
      double[] mlp,
      List<double[]> heads,
      List<double[]> neurons,
      double biases,
      double logit) {}

  /** One neuron's contribution. */
  public record Neuron(int layer, int index, double contribution) {}

  DirectLogitAttributionResult(
      PromptTokens prompt, int position, List<Answer> answers, Parts parts) {
    this.prompt = prompt;
    this.position = position;
    this.answers = answers;
    this.parts = parts;
  }

  /** The number of layers. */
  public int layerCount() {
    return parts.attention.length;
  }

  private int at(int layer) {
    return Index.of("layer", layer, layerCount());
  }

  /** What the token embedding adds. */
  public double embedding() {
    return parts.tokens;
  }

  /** What the position embedding adds; 0 in families without one. */
  public double positionEmbedding() {
    return parts.positions;
  }

  /** What the attention of a layer adds, biases included. */
  public double attention(int layer) {
    return parts.attention[at(layer)];
  }

  /** What the MLP or the experts of a layer add, biases included. */
  public double mlp(int layer) {
    return parts.mlp[at(layer)];
  }

  /** How many heads a layer has. */
  public int headCount(int layer) {
    return parts.heads.get(at(layer)).length;
  }

  /** What one head adds. */
  public double head(int layer, int head) {
    double[] heads = parts.heads.get(at(layer));
    return heads[Index.of("head", head, heads.length)];
  }

  /** What the bias of a layer's output projection adds: its attention without its heads. */
  public double attentionBias(int layer) {
    double bias = attention(layer);
    for (double head : parts.heads.get(at(layer))) {
      bias -= head;
    }
    return bias;
  }

  /**
   * What one neuron adds.
   *
   * @throws RunException if a router chooses experts in this layer
   */
  public double neuron(int layer, int index) {
    double[] all = neurons(layer);
    return all[Index.of("neuron", index, all.length)];
  }

  /** What each neuron of a layer adds. */
  public double[] neurons(int layer) {
    double[] all = parts.neurons.get(at(layer));
    if (all.length == 0) {
      throw new RunException(
          "layer %s has experts, not one MLP, so it has no neurons by number; mlp(%1$s) is all that it adds"
              .formatted(layer));
    }
    return all.clone();
  }

  /** The neurons that add most, by absolute value. */
  public List<Neuron> topNeurons(int count) {
    List<Neuron> all = new ArrayList<>();
    for (int layer = 0; layer < layerCount(); layer++) {
      double[] neurons = parts.neurons.get(layer);
      for (int i = 0; i < neurons.length; i++) {
        all.add(new Neuron(layer, i, neurons[i]));
      }
    }
    all.sort(Comparator.comparingDouble((Neuron each) -> -Math.abs(each.contribution)));
    return List.copyOf(all.subList(0, Math.min(Index.atMost(count), all.size())));
  }

  /** What the biases of the final normalisation and of the unembedding add. */
  public double biases() {
    return parts.biases;
  }

  /** All parts together. */
  public double sum() {
    double sum = parts.tokens + parts.positions + parts.biases;
    for (int i = 0; i < layerCount(); i++) {
      sum += parts.attention[i] + parts.mlp[i];
    }
    return sum;
  }

  /** The model's own logit, or difference of logits, before a cap. */
  public double logit() {
    return parts.logit;
  }

  /** How far {@link #sum} is from {@link #logit}: what rounding did. */
  public double error() {
    return sum() - parts.logit;
  }

  /** Layers by heads, with the MLP and the whole attention of each layer beside them. */
  @Override
  public Heatmap figure() {
    int most = 0;
    for (double[] heads : parts.heads) {
      most = Math.max(most, heads.length);
    }
    List<String> columns = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      columns.add("head " + i);
    }
    columns.add("attention");
    columns.add("MLP");
    double[] all = new double[layerCount() * columns.size()];
    double[][] rows = new double[layerCount()][columns.size()];
    for (int layer = 0; layer < rows.length; layer++) {
      double[] heads = parts.heads.get(layer);
      for (int i = 0; i < most; i++) {
        rows[layer][i] = i < heads.length ? heads[i] : Double.NaN;
      }
      rows[layer][most] = parts.attention[layer];
      rows[layer][most + 1] = parts.mlp[layer];
      System.arraycopy(rows[layer], 0, all, layer * columns.size(), columns.size());
    }
    Heatmap heatmap =
        Heatmap.of("Direct contributions to " + what(), Scale.signedFor(all).unit("logits"))
            .columns("layer", columns);
    for (int layer = 0; layer < rows.length; layer++) {
      List<Cell> cells = new ArrayList<>();
      for (double value : rows[layer]) {
        cells.add(Double.isNaN(value) ? Cell.of("", value) : Cell.numbered(value));
      }
      heatmap = heatmap.row("" + layer, cells);
    }
    return heatmap;
  }

  /** Embedding, attention, MLPs and biases in the order of the model, as bars. */
  public BarChart bars() {
    BarChart chart =
        BarChart.of("Direct contributions to " + what(), "logits")
            .bar("token embedding", parts.tokens)
            .bar("position embedding", parts.positions);
    for (int layer = 0; layer < layerCount(); layer++) {
      chart =
          chart
              .bar("attention " + layer, parts.attention[layer])
              .bar("MLP " + layer, parts.mlp[layer]);
    }
    return chart.bar("last biases", parts.biases).bar("all = the logit", sum());
  }

  private String what() {
    String logit =
        answers.size() == 1
            ? "the logit of " + answers.get(0).label()
            : "%s against %s".formatted(answers.get(0).label(), answers.get(1).label());
    return "%s after %s".formatted(logit, prompt.tokens().get(position));
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("direct logit attribution");
    json.set("tokens", Json.strings(prompt.tokens()));
    json.put("position", position).put("answer", answers.get(0).label());
    if (answers.size() > 1) {
      json.put("against", answers.get(1).label());
    }
    json.put("embedding", parts.tokens)
        .put("position_embedding", parts.positions)
        .put("biases", parts.biases)
        .put("sum", sum())
        .put("logit", parts.logit);
    json.set("attention", Json.numbers(parts.attention));
    json.set("mlp", Json.numbers(parts.mlp));
    ArrayNode heads = json.putArray("heads");
    parts.heads.forEach(row -> heads.add(Json.numbers(row)));
    ArrayNode neurons = json.putArray("top_neurons");
    for (Neuron each : topNeurons(20)) {
      neurons
          .addObject()
          .put("layer", each.layer)
          .put("neuron", each.index)
          .put("contribution", each.contribution);
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100) + "\n" + bars().text(100);
  }
}
