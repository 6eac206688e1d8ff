package org.nnsight4j.toolkit.circuit;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.circuit.CircuitNode.Kind;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Json;

/** How much of an answer goes from each sender to the receivers. */
public final class PathPatchingResult implements AnalysisResult {
  private final String measured;
  private final PathRequest asked;
  private final List<String> layers;
  private final CircuitSizes sizes;
  private final List<CircuitNode> senders;
  private final double[] measures;
  private final double clean;
  private final double corrupted;

  PathPatchingResult(
      String measured,
      PathRequest asked,
      List<String> layers,
      CircuitSizes sizes,
      List<CircuitNode> senders,
      double[] measures,
      double clean,
      double corrupted) {
    this.measured = measured;
    this.asked = asked;
    this.layers = layers;
    this.sizes = sizes;
    this.senders = senders;
    this.measures = measures;
    this.clean = clean;
    this.corrupted = corrupted;
  }

  /** Those that sent, in the order in which they are computed. */
  public List<CircuitNode> senders() {
    return senders;
  }

  /** The mean measure of the clean runs. */
  public double clean() {
    return clean;
  }

  /** The mean measure of the corrupted runs. */
  public double corrupted() {
    return corrupted;
  }

  /** The mean measure when a node sends. */
  public double measure(CircuitNode sender) {
    int index = senders.indexOf(sender);
    if (index < 0) {
      throw new RunException("%s did not send; senders are %s".formatted(sender, senders));
    }
    return measures[index];
  }

  /** The share of the difference of the runs that the paths of a sender make. */
  public double effect(CircuitNode sender) {
    double from = asked.noise() ? clean - measure(sender) : measure(sender) - corrupted;
    return from / (clean - corrupted);
  }

  /** Layers by heads and MLP; the embedding, if it sends, is in the title. */
  @Override
  public Heatmap figure() {
    List<String> columns = new ArrayList<>();
    for (int head = 0; head < sizes.heads(); head++) {
      columns.add("head " + head);
    }
    columns.add("MLP");
    double[][] effects = new double[sizes.layers()][columns.size()];
    for (double[] row : effects) {
      Arrays.fill(row, Double.NaN);
    }
    String embedding = "";
    for (CircuitNode sender : senders) {
      if (sender.kind() == Kind.EMBEDDING) {
        embedding = "; embedding " + Scale.number(effect(sender));
      } else {
        effects[sender.layer()][sender.kind() == Kind.HEAD ? sender.head() : sizes.heads()] =
            effect(sender);
      }
    }
    double[] all = Arrays.stream(effects).flatMapToDouble(Arrays::stream).toArray();
    Heatmap heatmap =
        Heatmap.of(
                "Path patching into %s (%s), %s%s"
                    .formatted(
                        asked.receivers().size() > 4
                            ? asked.receivers().size() + " receivers"
                            : asked.receivers().toString().replaceAll("[\\[\\]]", ""),
                        asked.noise() ? "noising" : "denoising",
                        measured,
                        embedding),
                Scale.signedFor(Arrays.stream(all).filter(Double::isFinite).toArray())
                    .unit("effect"))
            .columns("layer", columns);
    for (int layer = 0; layer < sizes.layers(); layer++) {
      List<Cell> cells = new ArrayList<>();
      for (double effect : effects[layer]) {
        cells.add(Double.isNaN(effect) ? Cell.of("", Double.NaN) : Cell.numbered(effect));
      }
      heatmap = heatmap.row(layers.get(layer), cells);
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("path patching")
            .put("measure", measured)
            .put("noise", asked.noise())
            .put("clean", clean)
            .put("corrupted", corrupted);
    json.set(
        "receivers", Json.strings(asked.receivers().stream().map(Receiver::toString).toList()));
    ObjectNode effects = json.putObject("effects");
    for (CircuitNode sender : senders) {
      effects.put(sender.name(), effect(sender));
    }
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
