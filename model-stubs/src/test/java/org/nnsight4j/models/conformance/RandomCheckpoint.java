package org.nnsight4j.models.conformance;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Families;
import org.nnsight4j.tensor.Tensor;

/** A configuration with random weights, large enough that attention is far from uniform. */
final class RandomCheckpoint {
  private RandomCheckpoint() {}

  static Path write(Path folder, String config) {
    try {
      Files.writeString(folder.resolve("config.json"), config);
      ModelConfig read = Checkpoint.open(folder).config();
      Blueprint blueprint =
          Families.blueprint(
              Families.require(read.modelType(), RandomCheckpoint.class.getClassLoader()), read);
      Random random = new Random(7);
      Map<String, Tensor> weights = new TreeMap<>();
      new TreeMap<>(blueprint.parameters())
          .forEach((name, shape) -> weights.put(name, numbers(name, shape, random)));
      Safetensors.write(folder.resolve("model.safetensors"), weights, Map.of());
      return folder;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Tensor numbers(String name, long[] shape, Random random) {
    boolean vector = shape.length == 1;
    boolean around1 = vector && name.endsWith("weight");
    double scale = vector ? 0.3 : 1.5 / Math.sqrt(Math.min(shape[0], shape[shape.length - 1]));
    long size = 1;
    for (long length : shape) {
      size *= length;
    }
    float[] numbers = new float[Math.toIntExact(size)];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) ((around1 ? 1 : 0) + scale * random.nextGaussian());
    }
    return Tensor.of(numbers, shape);
  }
}
