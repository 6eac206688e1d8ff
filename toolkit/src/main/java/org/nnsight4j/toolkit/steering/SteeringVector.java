package org.nnsight4j.toolkit.steering;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.internal.Identity;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.Numbers;

/** A direction of the residual stream for each of some layers. */
public final class SteeringVector implements AnalysisResult {
  private final String method;
  private final String modelType;
  private final boolean isFile;
  private final SortedMap<Integer, Direction> directions;

  /**
   * One layer's direction.
   *
   * @param numbers {@code [hidden]}
   * @param separation the share of pairs of a positive and a negative text in which the positive
   *     one is further along the direction: 1 if it separates all, 0.5 if it says nothing
   * @param streamNorm the mean length of the residual stream there, to compare strengths with
   */
  record Direction(double[] numbers, double separation, double streamNorm) {
    static Direction of(double[] numbers, List<double[]> plus, List<double[]> minus) {
      double ordered = 0;
      double norms = 0;
      for (double[] one : plus) {
        norms += Numbers.norm(one);
        double along = Numbers.dot(one, numbers);
        for (double[] other : minus) {
          double difference = along - Numbers.dot(other, numbers);
          ordered += difference > 0 ? 1 : difference == 0 ? 0.5 : 0;
        }
      }
      for (double[] other : minus) {
        norms += Numbers.norm(other);
      }
      return new Direction(
          numbers,
          ordered / ((double) plus.size() * minus.size()),
          norms / (plus.size() + minus.size()));
    }
  }

  SteeringVector(String method, String modelType, SortedMap<Integer, Direction> directions) {
    this(method, modelType, false, directions);
  }

  private SteeringVector(
      String method, String modelType, boolean isFile, SortedMap<Integer, Direction> directions) {
    this.method = method;
    this.modelType = modelType;
    this.isFile = isFile;
    this.directions = Collections.unmodifiableSortedMap(new TreeMap<>(directions));
  }

  /** A vector from a file of repeng or llama.cpp, for the type of model that it names. */
  public static SteeringVector of(ControlVector vector) {
    SortedMap<Integer, Direction> directions = new TreeMap<>();
    vector
        .directions()
        .forEach(
            (layer, tensor) ->
                directions.put(
                    layer, new Direction(tensor.toDoubleArray(), Double.NaN, Double.NaN)));
    return new SteeringVector("a control vector", vector.modelType(), true, directions);
  }

  /** A direction of your own for one layer, of any model of its width. */
  public static SteeringVector of(int layer, Tensor direction) {
    return of("", layer, direction);
  }

  /**
   * A direction of one layer of a model.
   *
   * @param modelType the {@code model_type} of its config.json; {@code Steer} refuses other models
   */
  public static SteeringVector of(String modelType, int layer, Tensor direction) {
    if (layer < 0 || direction.rank() != 1) {
      throw new RunException(
          "expected a layer from 0 on and a direction of one axis, found layer %s and %s"
              .formatted(layer, direction.header()));
    }
    return new SteeringVector(
        "a direction",
        modelType,
        new TreeMap<>(
            Map.of(layer, new Direction(direction.toDoubleArray(), Double.NaN, Double.NaN))));
  }

  /** The layers that have a direction, from 0. */
  public List<Integer> layers() {
    return List.copyOf(directions.keySet());
  }

  /** The direction of a layer, {@code [hidden]}; a copy. */
  public double[] direction(int layer) {
    return at(layer).numbers.clone();
  }

  /** The {@code model_type} of the model that it is for; empty if that is not known. */
  public String modelType() {
    return modelType;
  }

  /** Refuses a model that it was not made for. */
  void requireFits(Decoder view) {
    Identity.require("the steering vector", modelType, view.architecture(), !isFile);
  }

  /** Its length. */
  public double norm(int layer) {
    return Numbers.norm(at(layer).numbers);
  }

  /**
   * How well it separates the texts that it was found from: the share of pairs in the right order;
   * not a number if it was not found from texts.
   */
  public double separation(int layer) {
    return at(layer).separation;
  }

  private Direction at(int layer) {
    Direction direction = directions.get(layer);
    if (direction == null) {
      throw new RunException(
          "there is no direction for layer %s; there are directions for %s"
              .formatted(layer, directions.keySet()));
    }
    return direction;
  }

  /** The same directions as a GGUF control vector, for repeng, llama.cpp and a file. */
  public ControlVector controlVector() {
    SortedMap<Integer, Tensor> tensors = new TreeMap<>();
    directions.forEach((layer, each) -> tensors.put(layer, Numbers.tensor(each.numbers)));
    return ControlVector.of(modelType, tensors);
  }

  /** How well each layer separates the texts, and how long its direction is beside the stream. */
  @Override
  public LinePlot figure() {
    double[] points = directions.keySet().stream().mapToDouble(layer -> layer).toArray();
    double[] separations =
        directions.values().stream().mapToDouble(Direction::separation).toArray();
    double[] shares =
        directions.values().stream()
            .mapToDouble(each -> Numbers.norm(each.numbers) / each.streamNorm)
            .toArray();
    return LinePlot.of("Direction by %s".formatted(method), "layer", "share")
        .points(points)
        .line("pairs in order", separations)
        .line("length / stream's length", shares);
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("steering vector").put("method", method);
    ArrayNode all = json.putArray("directions");
    directions.forEach(
        (layer, each) -> {
          ObjectNode one = all.addObject().put("layer", layer);
          one.set("direction", Json.numbers(each.numbers));
          one.set("separation", Json.numbers(each.separation).get(0));
        });
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
