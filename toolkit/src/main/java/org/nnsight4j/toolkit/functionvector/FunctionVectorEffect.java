package org.nnsight4j.toolkit.functionvector;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.internal.Json;

/** What a function vector does, layer by layer, to prompts that show nothing. */
public final class FunctionVectorEffect implements AnalysisResult {
  private final List<String> layers;
  private final double[] probabilities;
  private final double[] right;

  FunctionVectorEffect(List<String> layers, double[] probabilities, double[] right) {
    this.layers = List.copyOf(layers);
    this.probabilities = probabilities;
    this.right = right;
  }

  /** The answer's mean probability with the vector added after a layer. */
  public double probability(int layer) {
    return probabilities[layer];
  }

  /** The share of prompts whose answer is then the likeliest token. */
  public double accuracy(int layer) {
    return right[layer];
  }

  /** The answer's mean probability without the vector. */
  public double plainProbability() {
    return probabilities[layers.size()];
  }

  /** The share of prompts whose answer is the likeliest token without the vector. */
  public double plainAccuracy() {
    return right[layers.size()];
  }

  /** Probability and accuracy by layer, beside those without the vector. */
  @Override
  public LinePlot figure() {
    int count = layers.size();
    double[] plain = new double[count];
    Arrays.fill(plain, plainProbability());
    return LinePlot.of("A function vector added after each layer", "layer", "share")
        .points(IntStream.range(0, count).asDoubleStream().toArray())
        .line("probability", Arrays.copyOf(probabilities, count))
        .line("accuracy", Arrays.copyOf(right, count))
        .line("probability without", plain);
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("function vector effect")
            .put("plainProbability", plainProbability())
            .put("plainAccuracy", plainAccuracy());
    json.set("layers", Json.strings(layers));
    json.set("probabilities", Json.numbers(Arrays.copyOf(probabilities, layers.size())));
    json.set("accuracies", Json.numbers(Arrays.copyOf(right, layers.size())));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
