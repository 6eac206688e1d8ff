package org.nnsight4j.toolkit.attention;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;

/** How much each head does what a kind of head does; 0 to 1. */
public final class HeadScoresResult implements AnalysisResult {
  private final String data;
  private final Map<HeadKind, double[][]> scores;

  /** One head and its score. */
  public record Head(int layer, int head, double score) {}

  HeadScoresResult(String data, Map<HeadKind, double[][]> scores) {
    this.data = data;
    this.scores = scores;
  }

  /**
   * The score of one head.
   *
   * @throws RunException if the text has no copies, and the kind looks at them
   */
  public double score(HeadKind kind, int layer, int head) {
    double[][] all = of(kind);
    double[] heads = all[Index.of("layer", layer, all.length)];
    return heads[Index.of("head", head, heads.length)];
  }

  /** The heads with the highest scores, in descending order. */
  public List<Head> top(HeadKind kind, int count) {
    List<Head> heads = new ArrayList<>();
    double[][] all = of(kind);
    for (int layer = 0; layer < all.length; layer++) {
      for (int head = 0; head < all[layer].length; head++) {
        heads.add(new Head(layer, head, all[layer][head]));
      }
    }
    heads.sort(Comparator.comparingDouble((Head each) -> -each.score));
    return List.copyOf(heads.subList(0, Math.min(Index.atMost(count), heads.size())));
  }

  private double[][] of(HeadKind kind) {
    double[][] all = scores.get(kind);
    if (all == null) {
      throw new RunException(
          "no token of this text comes twice, so that no head could do this (%s); give a text that repeats, or run() for random tokens that do"
              .formatted(kind.label()));
    }
    return all;
  }

  /** The scores of one kind, layers by heads. */
  public Heatmap figure(HeadKind kind) {
    Heatmap heatmap =
        Heatmap.of("%s heads (%s)".formatted(capital(kind.label()), data), Scale.UNIT.unit("score"))
            .columns("layer", columns());
    double[][] all = of(kind);
    for (int layer = 0; layer < all.length; layer++) {
      heatmap = heatmap.row("" + layer, cells(all[layer]));
    }
    return heatmap;
  }

  /** All kinds below one another. */
  @Override
  public Heatmap figure() {
    Heatmap heatmap =
        Heatmap.of("What heads look at (%s)".formatted(data), Scale.UNIT.unit("score"))
            .columns("kind and layer", columns());
    for (HeadKind kind : scores.keySet()) {
      double[][] all = of(kind);
      for (int layer = 0; layer < all.length; layer++) {
        heatmap = heatmap.row(kind.label() + " " + layer, cells(all[layer]));
      }
    }
    return heatmap;
  }

  private List<String> columns() {
    int most = 0;
    for (double[] row : of(HeadKind.PREVIOUS)) {
      most = Math.max(most, row.length);
    }
    List<String> names = new ArrayList<>();
    for (int i = 0; i < most; i++) {
      names.add("head " + i);
    }
    return names;
  }

  private List<Cell> cells(double[] row) {
    List<Cell> cells = new ArrayList<>();
    for (int i = 0; i < columns().size(); i++) {
      cells.add(
          i < row.length ? Cell.of(Scale.twoDigits(row[i]), row[i]) : Cell.of("", Double.NaN));
    }
    return cells;
  }

  private static String capital(String text) {
    return text.substring(0, 1).toUpperCase(Locale.ROOT) + text.substring(1);
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("head scores").put("data", data);
    scores.forEach((kind, all) -> json.set(kind.label(), Json.matrix(all)));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
