package org.nnsight4j.toolkit.weights;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.values.Value;

/** What each head does by its weights, and how much later heads read of earlier ones. */
public final class WeightCircuitsResult implements AnalysisResult {
  private final List<String> layers;
  private final boolean folded;
  private final int width;
  private final List<Stacked> weights;
  private final double[][] copying;
  private final Map<Composition, double[][][][]> compositions = new EnumMap<>(Composition.class);

  WeightCircuitsResult(
      List<String> layers, boolean folded, int width, List<Stacked> weights, double[][] copying) {
    this.layers = List.copyOf(layers);
    this.folded = folded;
    this.width = width;
    this.weights = List.copyOf(weights);
    this.copying = copying;
  }

  /**
   * A pair of heads.
   *
   * @param score {@code |A B| / (|A| |B|)}
   */
  public record Pair(int fromLayer, int fromHead, int toLayer, int toHead, double score) {}

  /** {@code W_V W_O} of a head, {@code [hidden, hidden]}. */
  public FactoredMatrix ov(int layer, int head) {
    Stacked own = at(layer, head);
    int from0 = head(layer, head);
    return FactoredMatrix.of(own.v(from0).tensor(), own.o(from0).tensor());
  }

  /**
   * {@code W_Q W_K^T} of a head, {@code [hidden, hidden]}, without the scale and without biases.
   *
   * @throws RunException if the model normalises queries or keys (Qwen 3, Gemma 3, OLMo 2): there
   *     is no such matrix then
   */
  public FactoredMatrix qk(int layer, int head) {
    int from0 = layer(layer, head);
    String at = String.valueOf(head(layer, head));
    return FactoredMatrix.of(
        queries(from0).get(at).tensor(), keys(from0).get(at).transpose().tensor());
  }

  /** Whether looking at a token makes that token likelier, from -1 to 1. */
  public double copying(int layer, int head) {
    return copying[layer(layer, head)][head(layer, head)];
  }

  private int layer(int layer, int head) {
    int from0 = Index.of("layer", layer, weights.size());
    int checked = Index.of("head", head, weights.get(from0).heads());
    assert checked >= 0;
    return from0;
  }

  private int head(int layer, int head) {
    return Index.of("head", head, at(layer, head).heads());
  }

  private Stacked at(int layer, int head) {
    return weights.get(layer(layer, head));
  }

  private Value<Axis> queries(int layer) {
    return linear(layer, weights.get(layer).q());
  }

  private Value<Axis> keys(int layer) {
    return linear(layer, weights.get(layer).k());
  }

  private Value<Axis> linear(int layer, @org.jspecify.annotations.Nullable Value<Axis> weight) {
    if (weight == null) {
      throw new RunException(
          "%s normalises its queries or keys, so no matrix says where its heads look"
              .formatted(layers.get(layer)));
    }
    return weight;
  }

  /** Whether heads look where a matrix says: not in models that normalise queries or keys. */
  public boolean hasQk() {
    return weights.stream().allMatch(layer -> layer.q() != null);
  }

  /**
   * How much of what one head writes a later one reads; 0 if it is not later. Two random heads have
   * about {@link #baseline()}.
   */
  public double composition(Composition by, int fromLayer, int fromHead, int toLayer, int toHead) {
    return all(by)[layer(fromLayer, fromHead)][head(fromLayer, fromHead)][layer(toLayer, toHead)][
        head(toLayer, toHead)];
  }

  /** The root of the mean square of scores of random heads: {@code 1 / sqrt(hidden)}. */
  public double baseline() {
    return 1 / Math.sqrt(width);
  }

  /** The pairs of heads with the largest scores, the largest first. */
  public List<Pair> top(Composition by, int count) {
    List<Pair> pairs = new ArrayList<>();
    for (int to = 0; to < weights.size(); to++) {
      for (int from = 0; from < to; from++) {
        for (int i = 0; i < weights.get(from).heads(); i++) {
          for (int j = 0; j < weights.get(to).heads(); j++) {
            pairs.add(new Pair(from, i, to, j, all(by)[from][i][to][j]));
          }
        }
      }
    }
    return pairs.stream()
        .sorted(Comparator.comparingDouble(pair -> -pair.score()))
        .limit(Index.atMost(count))
        .toList();
  }

  private synchronized double[][][][] all(Composition by) {
    return compositions.computeIfAbsent(by, this::computed);
  }

  /** {@code [layer][head][layer][head]} */
  private double[][][][] computed(Composition by) {
    int count = weights.size();
    double[][][][] all = new double[count][][][];
    for (int from = 0; from < count; from++) {
      all[from] = new double[weights.get(from).heads()][count][];
      for (double[][] head : all[from]) {
        for (int to = 0; to < count; to++) {
          head[to] = new double[weights.get(to).heads()];
        }
      }
      for (int to = from + 1; to < count; to++) {
        double[] scores = scores(by, from, to);
        int heads = weights.get(to).heads();
        for (int i = 0; i < scores.length; i++) {
          all[from][i / heads][to][i % heads] = scores[i];
        }
      }
    }
    return all;
  }

  /** Norms by traces of {@code head_dim} by {@code head_dim} matrices. */
  private double[] scores(Composition by, int from, int to) {
    Stacked first = weights.get(from);
    Stacked second = weights.get(to);
    Value<Axis> reads =
        switch (by) {
          case Q -> queries(to);
          case K -> keys(to);
          case V -> second.v();
        };
    Value<Axis> after =
        switch (by) {
          case Q -> gram(keys(to));
          case K -> gram(queries(to));
          case V -> second.o().einsum("aid,ajd->aij", second.o());
        };
    Value<Axis> before = gram(first.v());
    Value<Axis> met = first.o().einsum("aid,bdj->abij", reads);
    Value<Axis> left = before.einsum("aik,abkj->abij", met);
    Value<Axis> right = met.einsum("abik,bkj->abij", after);
    Value<Axis> both = left.mul(right).sum(-1).sum(-1);
    Value<Axis> ofFirst =
        before.mul(first.o().einsum("aid,ajd->aij", first.o())).sum(-1).sum(-1).expandDims(1);
    Value<Axis> ofSecond = gram(reads).mul(after).sum(-1).sum(-1);
    double[] squares = both.div(ofFirst).div(ofSecond).tensor().toDoubleArray();
    for (int i = 0; i < squares.length; i++) {
      squares[i] = Math.sqrt(Math.max(0, squares[i]));
    }
    return squares;
  }

  /** {@code A^T A} of each head. */
  private static Value<Axis> gram(Value<Axis> weight) {
    return weight.einsum("adi,adj->aij", weight);
  }

  /** The copying score of each head. */
  @Override
  public Heatmap figure() {
    List<String> columns = new ArrayList<>();
    for (int head = 0; head < copying[0].length; head++) {
      columns.add("head " + head);
    }
    Heatmap heatmap =
        Heatmap.of(
                "Copying: does looking at a token make it likelier?%s"
                    .formatted(folded ? " (norms folded)" : ""),
                Scale.SIGNED.unit("copying"))
            .columns("layer", columns);
    for (int layer = 0; layer < copying.length; layer++) {
      List<Cell> cells = new ArrayList<>();
      for (double each : copying[layer]) {
        cells.add(Cell.numbered(each));
      }
      heatmap = heatmap.row(layers.get(layer), cells);
    }
    return heatmap;
  }

  /** What each head, a row, reads of each earlier head, a column. */
  public Heatmap figure(Composition by) {
    List<String> names = new ArrayList<>();
    for (int layer = 0; layer < weights.size(); layer++) {
      for (int head = 0; head < weights.get(layer).heads(); head++) {
        names.add(layer + "." + head);
      }
    }
    double most = top(by, 1).stream().mapToDouble(Pair::score).findFirst().orElse(1);
    Heatmap heatmap =
        Heatmap.of(
                by
                    + "-composition: what later heads read of earlier ones (random heads %s)"
                        .formatted(Scale.number(baseline())),
                Scale.upTo(most).unit("composition"))
            .columns("reads", names);
    for (int layer = 0; layer < weights.size(); layer++) {
      for (int head = 0; head < weights.get(layer).heads(); head++) {
        List<Cell> row = new ArrayList<>();
        for (int from = 0; from < weights.size(); from++) {
          for (int other = 0; other < weights.get(from).heads(); other++) {
            row.add(
                from < layer
                    ? Cell.numbered(composition(by, from, other, layer, head))
                    : Cell.of("", Double.NaN));
          }
        }
        heatmap = heatmap.row(layer + "." + head, row);
      }
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("weight circuits").put("folded", folded).put("baseline", baseline());
    json.set("layers", Json.strings(layers));
    json.set("copying", Json.matrix(copying));
    ObjectNode all = json.putObject("composition");
    for (Composition by : Composition.values()) {
      if (by == Composition.V || hasQk()) {
        var pairs = all.putArray(by.name());
        for (double[][][] from : all(by)) {
          pairs.add(Json.cube(from));
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
