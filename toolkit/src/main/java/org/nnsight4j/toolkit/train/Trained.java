package org.nnsight4j.toolkit.train;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.LinePlot;
import org.nnsight4j.toolkit.internal.Json;

/** Trained tensors, and the loss on the way. */
public final class Trained implements AnalysisResult {
  private static final int ROWS = 12;

  private final Map<String, Tensor> tensors;
  private final double[] losses;
  private final int batches;

  Trained(Map<String, Tensor> tensors, double[] losses, int batches) {
    this.tensors = Collections.unmodifiableMap(new LinkedHashMap<>(tensors));
    this.losses = losses;
    this.batches = batches;
  }

  /** The tensors after the last step, by name. */
  public Map<String, Tensor> tensors() {
    return tensors;
  }

  /**
   * One tensor after the last step.
   *
   * @throws RunException if none has this name
   */
  public Tensor tensor(String name) {
    Tensor tensor = tensors.get(name);
    if (tensor == null) {
      throw new RunException("there is no tensor '%s', only %s".formatted(name, tensors.keySet()));
    }
    return tensor;
  }

  /** The loss of each step, before its update. */
  public double[] losses() {
    return losses.clone();
  }

  /** The mean loss of each epoch. */
  public double[] epochLosses() {
    return IntStream.range(0, losses.length / batches)
        .mapToDouble(
            epoch ->
                Arrays.stream(losses, epoch * batches, (epoch + 1) * batches)
                    .average()
                    .orElseThrow())
        .toArray();
  }

  /** Writes the tensors into a safetensors file. */
  public void save(Path file) {
    Safetensors.write(file, tensors, Map.of("format", "pt"));
  }

  /** The loss by step. */
  @Override
  public LinePlot figure() {
    return LinePlot.of("Training", "step", "loss")
        .points(IntStream.range(0, losses.length).asDoubleStream().toArray())
        .line("loss", losses);
  }

  @Override
  public String toJson() {
    ObjectNode json = Json.of("training").put("stepsPerEpoch", batches);
    json.set("losses", Json.numbers(losses));
    ObjectNode shapes = json.putObject("tensors");
    tensors.forEach((name, tensor) -> shapes.put(name, Arrays.toString(tensor.shape())));
    return json.toString();
  }

  /** The mean loss of some epochs, the first and the last among them. */
  @Override
  public String toString() {
    double[] means = epochLosses();
    int rows = Math.min(ROWS, means.length);
    int[] shown =
        IntStream.range(0, rows)
            .map(row -> rows == 1 ? 0 : row * (means.length - 1) / (rows - 1))
            .toArray();
    return LinePlot.of("Training", "epoch", "mean loss")
        .points(Arrays.stream(shown).asDoubleStream().toArray())
        .line("mean loss", Arrays.stream(shown).mapToDouble(epoch -> means[epoch]).toArray())
        .text(100);
  }
}
