package org.nnsight4j.attach;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import org.nnsight4j.internal.toolfile.SparsifyConfig;
import org.nnsight4j.tensor.Tensor;

/** A directory of EleutherAI's sparsify: {@code cfg.json} and {@code sae.safetensors}. */
final class SparsifyFile {
  private static final Set<String> KNOWN =
      Set.of("encoder.weight", "encoder.bias", "W_dec", "b_dec", "W_skip");

  private SparsifyFile() {}

  static AutoencoderFile open(Path directory) {
    SparsifyConfig config = SparsifyConfig.read(directory.resolve("cfg.json"));
    Parameters stored =
        Parameters.read(directory.resolve("sae.safetensors")).only("sparsify", KNOWN);
    Map<String, Tensor> tensors = new HashMap<>();
    tensors.put("W_enc", Parameters.transposed(stored.get("encoder.weight", 2)));
    tensors.put("b_enc", stored.get("encoder.bias", 1));
    tensors.put("W_dec", stored.get("W_dec", 2));
    tensors.put("b_dec", stored.get("b_dec", 1));
    Tensor skip = stored.optional("W_skip", 2);
    if (skip != null) {
      tensors.put("W_skip", skip);
    }
    AutoencoderWeights weights = AutoencoderWeights.of(new Parameters(stored.file(), tensors));
    AutoencoderFile.checkSize(
        config, "d_in", config.width(), "encoder.weight", weights.encoder().shape(0));
    OptionalInt features = config.features();
    if (features.isPresent()) {
      AutoencoderFile.checkSize(
          config,
          "num_latents, or d_in times expansion_factor,",
          features.getAsInt(),
          "encoder.weight",
          weights.encoder().shape(1));
    }
    AutoencoderFile.checkAsked(
        config, "skip_connection = " + config.skips(), config.skips(), "W_skip", skip != null);
    return new AutoencoderFile(weights, config.form(), config.hooks());
  }
}
