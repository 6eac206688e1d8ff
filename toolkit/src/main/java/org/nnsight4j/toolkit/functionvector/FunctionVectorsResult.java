package org.nnsight4j.toolkit.functionvector;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Index;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.steering.SteeringVector;

/** Which heads carry a task, and the vector that they make together. */
public final class FunctionVectorsResult implements AnalysisResult {
  private final String modelType;
  private final List<String> layers;
  private final double[][] effects;
  private final double[][][] writes;
  private final double plain;
  private final int count;

  FunctionVectorsResult(
      String modelType,
      List<String> layers,
      double[][] effects,
      double[][][] writes,
      double plain,
      int count) {
    this.modelType = modelType;
    this.layers = List.copyOf(layers);
    this.effects = effects;
    this.writes = writes;
    this.plain = plain;
    this.count = count;
  }

  /**
   * A head.
   *
   * @param effect its average indirect effect
   */
  public record Head(int layer, int head, double effect) {}

  /** How much likelier the answer is with this head's mean output, on average (AIE). */
  public double effect(int layer, int head) {
    return effects[layer(layer)][head(layer, head)];
  }

  private int layer(int layer) {
    return Index.of("layer", layer, effects.length);
  }

  private int head(int layer, int head) {
    return Index.of("head", head, effects[layer(layer)].length);
  }

  /** The answer's mean probability in the prompts whose outputs are exchanged. */
  public double shuffledProbability() {
    return plain;
  }

  /** The heads that the vector is the sum of, the largest effect first. */
  public List<Head> heads() {
    return top(count);
  }

  /** The heads with the largest effects, the largest first. */
  public List<Head> top(int number) {
    List<Head> all = new ArrayList<>();
    for (int layer = 0; layer < effects.length; layer++) {
      for (int head = 0; head < effects[layer].length; head++) {
        all.add(new Head(layer, head, effects[layer][head]));
      }
    }
    return all.stream()
        .sorted(Comparator.comparingDouble(head -> -head.effect()))
        .limit(Index.atMost(number))
        .toList();
  }

  /** What a head adds to the stream at the last token, on average; {@code [hidden]}. */
  public double[] output(int layer, int head) {
    return writes[layer(layer)][head(layer, head)].clone();
  }

  /** The function vector: the sum of the outputs of {@link #heads()}; {@code [hidden]}. */
  public double[] vector() {
    double[] sum = new double[writes[0][0].length];
    for (Head head : heads()) {
      Numbers.add(sum, writes[head.layer()][head.head()], 1);
    }
    return sum;
  }

  /** The vector as a direction of one layer, for {@code Steer} and files. */
  public SteeringVector steering(int layer) {
    return SteeringVector.of(modelType, layer, Numbers.tensor(vector()));
  }

  /** The effects, layers by heads. */
  @Override
  public Heatmap figure() {
    int most = Arrays.stream(effects).mapToInt(layer -> layer.length).max().orElse(0);
    List<String> columns = new ArrayList<>();
    for (int head = 0; head < most; head++) {
      columns.add("head " + head);
    }
    double[] all = Arrays.stream(effects).flatMapToDouble(Arrays::stream).toArray();
    Heatmap heatmap =
        Heatmap.of(
                "Which heads carry the task: change of the answer's probability",
                Scale.signedFor(all).unit("AIE"))
            .columns("layer", columns);
    for (int layer = 0; layer < effects.length; layer++) {
      List<Cell> cells = new ArrayList<>();
      for (int head = 0; head < most; head++) {
        cells.add(
            head < effects[layer].length
                ? Cell.numbered(effects[layer][head])
                : Cell.of("", Double.NaN));
      }
      heatmap = heatmap.row(layers.get(layer), cells);
    }
    return heatmap;
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("function vectors").put("shuffledProbability", plain);
    json.set("layers", Json.strings(layers));
    json.set("effects", Json.matrix(effects));
    ArrayNode chosen = json.putArray("heads");
    heads().forEach(head -> chosen.addArray().add(head.layer()).add(head.head()));
    json.set("vector", Json.numbers(vector()));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
