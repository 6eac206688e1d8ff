package org.nnsight4j.samples.shallow;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;

/** A checkpoint of random numbers, always the same ones. */
public final class RandomShallow {
  private RandomShallow() {}

  // snippet: checkpoint
  /** Writes {@code config.json} and {@code model.safetensors}. */
  public static Path write(Path directory) throws IOException {
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "shallow", "n_layers": 2, "n_heads": 2, "d_model": 16, "n_ctx": 32,
         "vocab_size": 20}
        """);
    Random random = new Random(0);
    Map<String, Tensor> weights = new TreeMap<>();
    new ShallowFamily()
        .blueprint(Checkpoint.open(directory).config())
        .parameters()
        .forEach(
            (name, shape) -> {
              float[] numbers = new float[(int) (shape[0] * shape[1])];
              for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) random.nextGaussian() / 4;
              }
              weights.put(name, Tensor.of(numbers, shape));
            });
    Safetensors.write(directory.resolve("model.safetensors"), weights, Map.of());
    return directory;
  }
  // end
}
