package org.nnsight4j.toolkit.browser;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.nnsight4j.toolkit.figure.AttentionGrid;
import org.nnsight4j.toolkit.figure.AttributionGraph;
import org.nnsight4j.toolkit.figure.BarChart;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.ColouredTokens;
import org.nnsight4j.toolkit.figure.DashboardExample;
import org.nnsight4j.toolkit.figure.FeatureDashboard;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.figure.GraphNode;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.figure.Scale;

/** One figure of each kind, and the largest of usual sizes. */
public final class Figures {
  private Figures() {}

  /** By name. */
  public static Map<String, Figure> all() {
    Map<String, Figure> all = new LinkedHashMap<>();
    all.put("lens", lens());
    all.put("map", map());
    all.put("attention", attention());
    all.put(
        "tokens",
        ColouredTokens.of(
            "Shares",
            Scale.signed(2).unit("share"),
            List.of("The", "_Eiffel", "_Tower", "<s>", "日本"),
            -2,
            -0.3,
            0,
            0.8,
            2));
    all.put(
        "lines",
        LinePlot.of("AUROC", "layer", "AUROC")
            .points(0, 1, 2, 3)
            .line("probe", 0.5, 0.8, 0.9, 1)
            .line(
                "shuffled",
                new double[] {0.5, 0.52, 0.48, 0.5},
                new double[] {0.4, 0.42, 0.38, 0.4},
                new double[] {0.6, 0.62, 0.58, 0.6}));
    all.put("bars", BarChart.of("Contributions", "logits").bar("embed", 0.4).bar("h.0", -1.5));
    all.put("graph", graph());
    all.put("dashboard", dashboard());
    return all;
  }

  private static Heatmap lens() {
    Random random = new Random(1);
    Heatmap heatmap =
        Heatmap.of("What each layer predicts next", Scale.UNIT.unit("probability"))
            .columns("layer", List.of("The", "_Eiffel", "_Tower", "_is", "_in", "_the"));
    for (int layer = 0; layer < 6; layer++) {
      List<Cell> cells = new ArrayList<>();
      for (int p = 0; p < 6; p++) {
        double share = random.nextDouble();
        cells.add(new Cell(List.of("_Paris", Scale.twoDigits(share)), share, "token 5"));
      }
      heatmap = heatmap.row("h." + layer, cells);
    }
    return heatmap;
  }

  private static Heatmap map() {
    Random random = new Random(2);
    List<String> names = new ArrayList<>();
    for (int i = 0; i < 128; i++) {
      names.add(i + " _token");
    }
    Heatmap heatmap = Heatmap.of("128 by 128", Scale.signed(3).unit("logits")).columns("x", names);
    for (int row = 0; row < 128; row++) {
      double[] values = new double[128];
      for (int i = 0; i < values.length; i++) {
        values[i] = random.nextGaussian();
      }
      heatmap = heatmap.row("row " + row, values);
    }
    return heatmap;
  }

  private static AttentionGrid attention() {
    Random random = new Random(3);
    AttentionGrid grid = AttentionGrid.of("Attention", Collections.nCopies(30, "_token"));
    for (int head = 0; head < 144; head++) {
      double[][] pattern = new double[30][30];
      for (double[] row : pattern) {
        for (int i = 0; i < row.length; i++) {
          row[i] = random.nextDouble();
        }
      }
      grid = grid.head(head / 12, head % 12, pattern);
    }
    return grid;
  }

  /** As many nodes as a pruned graph of features has. */
  static AttributionGraph graph() {
    Random random = new Random(4);
    List<String> tokens = List.of("The", "_capital", "_of", "_France", "_is");
    AttributionGraph graph = AttributionGraph.of("Why _Paris?").tokens(tokens);
    List<GraphNode> nodes = new ArrayList<>();
    for (int p = 0; p < tokens.size(); p++) {
      nodes.add(GraphNode.of(GraphNode.Kind.EMBEDDING, "E" + p, tokens.get(p), -1).at(p));
      for (int layer = 0; layer < 6; layer++) {
        nodes.add(
            GraphNode.of(GraphNode.Kind.FEATURE, layer + "_" + p, "feature " + layer * p, layer)
                .at(p)
                .feature(layer * 100 + p)
                .activation(random.nextDouble()));
      }
    }
    nodes.add(
        GraphNode.of(GraphNode.Kind.FEATURE, "say", "say a capital & a <city>", 5)
            .at(4)
            .activation(2));
    nodes.add(GraphNode.of(GraphNode.Kind.ERROR, "error", "error", 3).at(3));
    nodes.add(GraphNode.of(GraphNode.Kind.LOGIT, "paris", "_Paris", 6).at(4));
    nodes.add(GraphNode.of(GraphNode.Kind.LOGIT, "rome", "_Rome", 6).at(4));
    graph = graph.nodes(nodes);
    for (GraphNode from : nodes) {
      for (GraphNode to : nodes) {
        if (from.layer() < to.layer()
            && from.position() <= to.position()
            && random.nextInt(6) == 0) {
          graph = graph.edge(from.id(), to.id(), random.nextGaussian());
        }
      }
    }
    return graph.edge("say", "paris", 5).edge("say", "rome", -4);
  }

  static FeatureDashboard dashboard() {
    Random random = new Random(5);
    double[] ends = new double[41];
    long[] counts = new long[40];
    for (int i = 0; i < 40; i++) {
      ends[i + 1] = (i + 1) / 4.0;
      counts[i] = (long) (1000 * Math.exp(-i / 4.0));
    }
    List<String> text = new ArrayList<>();
    for (int i = 0; i < 24; i++) {
      text.add(i % 5 == 4 ? "\n" : " word" + i);
    }
    List<DashboardExample> examples = new ArrayList<>();
    for (int example = 0; example < 10; example++) {
      double[] activations = new double[24];
      for (int i = 0; i < 24; i++) {
        activations[i] = Math.max(0, random.nextGaussian() * 2);
      }
      activations[12] = 10 - example;
      examples.add(new DashboardExample(text, activations, 12, "text " + example + ", token 12"));
    }
    List<String> top = new ArrayList<>();
    List<String> bottom = new ArrayList<>();
    double[] most = new double[10];
    double[] least = new double[10];
    for (int i = 0; i < 10; i++) {
      top.add(" city" + i);
      bottom.add(" tree" + i);
      most[i] = 5 - i * 0.3;
      least[i] = -3 + i * 0.2;
    }
    return FeatureDashboard.of("Feature 1234 of blocks.5.hook_resid_post")
        .frequency(0.0123)
        .histogram(ends, counts)
        .logits(top, most, bottom, least)
        .examples("Top activations", examples)
        .examples("Random samples", examples.subList(5, 8));
  }
}
