package org.nnsight4j.samples.cookbook;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Map;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.sae.SaeFeatures;

/** Features of a sparse autoencoder, and what the answer loses without one. */
public final class ReadAnAutoencoder {
  /**
   * A file as SAELens writes it: each dimension of the stream is two features, above and below 0.
   */
  private static Path pairs(int width) throws Exception {
    float[] encoder = new float[width * 2 * width];
    float[] decoder = new float[2 * width * width];
    for (int i = 0; i < width; i++) {
      encoder[i * 2 * width + i] = 1;
      encoder[i * 2 * width + width + i] = -1;
      decoder[i * width + i] = 1;
      decoder[(width + i) * width + i] = -1;
    }
    Path file = Files.createTempDirectory("sae").resolve("sae.safetensors");
    Safetensors.write(
        file,
        Map.of(
            "W_enc", Tensor.of(encoder, width, 2 * width),
            "b_enc", Tensor.of(new float[2 * width], 2 * width),
            "W_dec", Tensor.of(decoder, 2 * width, width),
            "b_dec", Tensor.of(new float[width], width)),
        Map.of());
    return file;
  }

  public static void main(String[] args) throws Exception {
    try (var gpt2 = EmbeddedGpt2.open()) {
      // SparseAutoencoder.open(folder) reads published ones, such as Gemma Scope's.
      SparseAutoencoder sae = SparseAutoencoder.load(pairs(128)).at("blocks.2.hook_resid_post");
      SaeFeatures features = SaeFeatures.of(gpt2, sae);
      var found = features.run("The Eiffel Tower is in the city of");
      System.out.printf(Locale.ROOT, "explained variance %.2f%n", found.explainedVariance());
      int strongest = found.top(-1).get(0).feature();
      var without = features.ablate("The Eiffel Tower is in the city of", " Paris", strongest);
      System.out.printf(Locale.ROOT, "feature %s: %.2f%n", strongest, without.effect(0));
    }
  }
}
