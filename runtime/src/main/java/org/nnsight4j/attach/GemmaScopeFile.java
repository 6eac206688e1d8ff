package org.nnsight4j.attach;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.AutoencoderForm;
import org.nnsight4j.internal.toolfile.AutoencoderHooks;
import org.nnsight4j.internal.toolfile.GemmaScopeConfig;
import org.nnsight4j.internal.toolfile.GemmaScopeFolder;
import org.nnsight4j.internal.toolfile.Npz;
import org.nnsight4j.tensor.Tensor;

/** Directories of Google's Gemma Scope, both editions. */
final class GemmaScopeFile {
  private static final Set<String> FIRST =
      Set.of("W_enc", "b_enc", "W_dec", "b_dec", "threshold", "w_enc", "w_dec");
  private static final Set<String> SECOND =
      Set.of("w_enc", "b_enc", "w_dec", "b_dec", "threshold", "affine_skip_connection");
  private static final String SKIP = "affine_skip_connection";

  private GemmaScopeFile() {}

  /** Reads {@code params.npz} alone; the names of its parent folders say where it belongs. */
  static AutoencoderFile first(Path directory) {
    Path file = directory.resolve("params.npz");
    Parameters stored = new Parameters(file, Npz.read(file)).only("Gemma Scope", FIRST);
    GemmaScopeFolder folder = GemmaScopeFolder.ofFirst(directory);
    Map<String, Tensor> tensors = common(stored);
    if (folder.ofEmbedding()) {
      // It was trained on embeddings before their module multiplies them by the root of their
      // width.
      double root =
          Math.sqrt(AutoencoderWeights.of(new Parameters(file, tensors)).encoder().shape(0));
      tensors.computeIfPresent("W_enc", (name, tensor) -> Parameters.times(tensor, 1 / root));
      tensors.computeIfPresent("W_dec", (name, tensor) -> Parameters.times(tensor, root));
    }
    return new AutoencoderFile(
        AutoencoderWeights.of(new Parameters(file, tensors)),
        GemmaScopeConfig.jumping(folder.transcoder()),
        folder.hooks());
  }

  /** Reads {@code params.safetensors} and config.json, which some repositories lack. */
  static AutoencoderFile second(Path directory) {
    Path file = directory.resolve("params.safetensors");
    Parameters stored = Parameters.read(file).only("Gemma Scope 2", SECOND);
    Map<String, Tensor> tensors = common(stored);
    Tensor skip = stored.optional(SKIP, 2);
    if (skip != null) {
      tensors.put("W_skip", Parameters.transposed(skip));
    }
    AutoencoderWeights weights = AutoencoderWeights.of(new Parameters(file, tensors));
    if (!Files.exists(directory.resolve("config.json"))) {
      return unconfigured(directory, weights);
    }
    GemmaScopeConfig config = GemmaScopeConfig.read(directory.resolve("config.json"));
    if (config.features().isPresent()) {
      AutoencoderFile.checkSize(
          config, "width", config.features().getAsInt(), "w_enc", weights.encoder().shape(1));
    }
    AutoencoderFile.checkAsked(
        config, "affine_connection = " + config.skips(), config.skips(), SKIP, skip != null);
    return new AutoencoderFile(weights, checked(config.form(), weights), config.hooks());
  }

  private static AutoencoderFile unconfigured(Path directory, AutoencoderWeights weights) {
    GemmaScopeFolder folder = GemmaScopeFolder.ofSecond(directory);
    if (folder.hooks().equals(AutoencoderHooks.NONE)) {
      throw new CheckpointException(
          "%s: expected config.json beside params.safetensors, or folders called as Gemma Scope 2 calls them, such as resid_post/layer_12_width_16k_l0_small; found neither, so that nothing says what it computes"
              .formatted(directory));
    }
    AutoencoderForm form = GemmaScopeConfig.jumping(folder.transcoder());
    return new AutoencoderFile(weights, checked(form, weights), folder.hooks());
  }

  private static AutoencoderForm checked(AutoencoderForm form, AutoencoderWeights weights) {
    if (weights.skip() != null && !form.transcoder()) {
      throw new CheckpointException(
          "%s: has %s, which only transcoders have, and this is an autoencoder"
              .formatted(weights.file(), SKIP));
    }
    return form;
  }

  private static Map<String, Tensor> common(Parameters stored) {
    Map<String, Tensor> tensors = new HashMap<>();
    for (String name : new String[] {"W_enc", "W_dec"}) {
      String small = "w" + name.substring(1);
      boolean twice = stored.tensors().containsKey(name) && stored.tensors().containsKey(small);
      if (twice) {
        throw new CheckpointException(
            "%s: expected %s or %s, found both".formatted(stored.file(), name, small));
      }
      tensors.put(name, stored.get(stored.tensors().containsKey(small) ? small : name, 2));
    }
    tensors.put("b_enc", stored.get("b_enc", 1));
    tensors.put("b_dec", stored.get("b_dec", 1));
    tensors.put("threshold", stored.get("threshold", 1));
    return tensors;
  }
}
