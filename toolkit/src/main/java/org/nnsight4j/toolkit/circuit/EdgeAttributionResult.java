package org.nnsight4j.toolkit.circuit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;

/** How much an answer depends on each edge. */
public final class EdgeAttributionResult implements AnalysisResult {
  private final PromptPairs pairs;
  private final String measured;
  private final EdgeAttribution.Asked asked;
  private final List<String> layers;
  private final EdgeScores scores;
  private final CircuitSizes sizes;
  private final Circuit circuit;
  private final Circuit summed;

  EdgeAttributionResult(
      PromptPairs pairs,
      String measured,
      EdgeAttribution.Asked asked,
      List<String> layers,
      EdgeScores scores,
      CircuitSizes sizes) {
    this.pairs = pairs;
    this.measured = measured;
    this.asked = asked;
    this.layers = layers;
    this.scores = scores;
    this.sizes = sizes;
    this.circuit = scored();
    this.summed = circuit.hasPositions() ? circuit.summed() : circuit;
  }

  /** The mean measure of the clean runs. */
  public double clean() {
    return scores.clean();
  }

  /** The mean measure of the corrupted runs. */
  public double corrupted() {
    return scores.corrupted();
  }

  /**
   * The score of one edge, in the unit of the measure; of all its positions together.
   *
   * @param name MIB's, for example {@code a0.h1->a3.h2<q>}; with grouped queries {@code
   *     a0.h1->a3.kv0<k>}
   */
  public double score(String name) {
    return summed.edge(name).score();
  }

  /** All edges with their scores, none of which is included. */
  public Circuit circuit() {
    return circuit;
  }

  private Circuit scored() {
    List<CircuitNode> writers = sizes.writers();
    List<CircuitSizes.Reader> readers = sizes.readers();
    List<CircuitEdge> edges = new ArrayList<>();
    int positions = asked.positions() ? pairs.clean().get(0).length() : 1;
    for (int i = 0; i < readers.size(); i++) {
      CircuitSizes.Reader reader = readers.get(i);
      for (int source = 0; source < reader.sources(); source++) {
        for (int p = 0; p < positions; p++) {
          int at = asked.positions() ? p : CircuitNode.EVERYWHERE;
          edges.add(
              new CircuitEdge(
                  writers.get(source).at(at),
                  reader.node().at(at),
                  reader.input(),
                  scores.byReader().get(i)[source * positions + p],
                  false));
        }
      }
    }
    return Circuit.of(sizes, edges);
  }

  /** The edges with the largest absolute scores, the largest first. */
  public List<CircuitEdge> top(int count) {
    return circuit().edges().stream()
        .sorted(Comparator.comparingDouble(edge -> -Math.abs(edge.score())))
        .limit(Index.atMost(count))
        .toList();
  }

  /**
   * All scores of what a node wrote, added up: how much depends on the node.
   *
   * @param source at {@link CircuitNode#EVERYWHERE}
   */
  public double score(CircuitNode source) {
    return summed.edges().stream()
        .filter(edge -> edge.source().equals(source))
        .mapToDouble(CircuitEdge::score)
        .sum();
  }

  /**
   * How far integrated gradients are off: what the edges out of the embedding add up to, minus the
   * difference of the two measures. It falls with more steps; with {@code plain()} it says how far
   * from linear the model is.
   */
  public double completenessError() {
    return score(CircuitNode.embedding()) - (clean() - corrupted());
  }

  /** Layers by parts: what depends on what each head and MLP wrote, over all its edges. */
  @Override
  public Heatmap figure() {
    double[][] sums = new double[sizes.layers() + 1][sizes.heads() + 1];
    for (CircuitEdge edge : summed.edges()) {
      CircuitNode source = edge.source();
      int column = source.kind() == CircuitNode.Kind.HEAD ? source.head() : sizes.heads();
      sums[source.layer() + 1][column] += edge.score();
    }
    List<String> columns = new ArrayList<>();
    for (int head = 0; head < sizes.heads(); head++) {
      columns.add("head " + head);
    }
    columns.add("MLP");
    double[] all =
        java.util.Arrays.stream(sums).flatMapToDouble(java.util.Arrays::stream).toArray();
    Heatmap heatmap =
        Heatmap.of(
                "Edge attribution of %s (%s): edges out of each part, added up"
                    .formatted(
                        measured,
                        asked.steps() == 0 ? "EAP" : "EAP-IG, " + asked.steps() + " steps"),
                Scale.signedFor(all).unit("change"))
            .columns("layer", columns);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      List<Cell> cells = new ArrayList<>();
      for (double each : sums[layer + 1]) {
        cells.add(Cell.numbered(each));
      }
      heatmap = heatmap.row(layers.get(layer), cells);
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("edge attribution")
            .put("measure", measured)
            .put("steps", asked.steps())
            .put("pairs", pairs.size())
            .put("clean", clean())
            .put("corrupted", corrupted());
    ObjectNode edges = json.putObject("edges");
    for (CircuitEdge edge : circuit().edges()) {
      edges.put(edge.name(), edge.score());
    }
    return json.toString();
  }

  /** The figure's table, and the largest edges. */
  @Override
  public String toString() {
    StringBuilder text = new StringBuilder(figure().text(100));
    for (CircuitEdge edge : top(10)) {
      text.append(edge.name()).append("  ").append(Scale.number(edge.score())).append('\n');
    }
    return text.toString();
  }
}
