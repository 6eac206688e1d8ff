package org.nnsight4j.attach;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.toolfile.AutoencoderForm;
import org.nnsight4j.internal.toolfile.AutoencoderForm.Choice;
import org.nnsight4j.internal.toolfile.AutoencoderHooks;

/** The content of one autoencoder's files, in the same form for every tool. */
record AutoencoderFile(AutoencoderWeights weights, AutoencoderForm form, AutoencoderHooks hooks) {
  AutoencoderFile {
    long features = weights.encoder().shape(1);
    boolean chooses =
        switch (form.choice()) {
          case TOPK, ABSTOPK, GROUPMAX -> true;
          case RELU, TANH, GATED, JUMPRELU -> false;
        };
    if (chooses && (form.k() < 1 || form.k() > features)) {
      throw new CheckpointException(
          "%s: k = %s, expected 1 to %s, the number of features"
              .formatted(weights.file(), form.k(), features));
    }
    if (form.choice() == Choice.GROUPMAX && features % form.k() != 0) {
      throw new CheckpointException(
          "%s: k = %s groups must be of equal size, found %s features"
              .formatted(weights.file(), form.k(), features));
    }
  }

  /** A copy with another form. */
  AutoencoderFile with(AutoencoderForm other) {
    return new AutoencoderFile(weights, other, hooks);
  }

  /** Opens a directory; the names of its files show which tool wrote it. */
  static AutoencoderFile open(Path directory) {
    if (has(directory, "hyperparams.json")) {
      return LlamaScopeFile.open(directory);
    } else if (has(directory, "params.npz")) {
      return GemmaScopeFile.first(directory);
    } else if (has(directory, "params.safetensors")) {
      return GemmaScopeFile.second(directory);
    } else if (has(directory, "sae.safetensors")) {
      return SparsifyFile.open(directory);
    } else if (has(directory, "cfg.json")) {
      return SaeLensFile.open(directory);
    }
    throw new CheckpointException(
        "%s: expected the files of an autoencoder: cfg.json with sae_weights.safetensors (SAELens) or sae.safetensors (sparsify), params.npz or params.safetensors (Gemma Scope), hyperparams.json (Llama Scope); found %s"
            .formatted(directory, found(directory)));
  }

  private static boolean has(Path directory, String name) {
    return Files.exists(directory.resolve(name));
  }

  private static String found(Path directory) {
    if (!Files.isDirectory(directory)) {
      return Files.exists(directory) ? "a file" : "no such directory";
    }
    try (Stream<Path> files = Files.list(directory)) {
      List<String> names =
          files.map(file -> file.getFileName().toString()).sorted().limit(10).toList();
      boolean pickled =
          names.stream().anyMatch(name -> name.endsWith(".pt") || name.endsWith(".pth"));
      return names
          + (pickled
              ? ", of which .pt and .pth are pickles, which are code; load it with its library and save it as safetensors"
              : "");
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be listed: %s".formatted(directory, e), e);
    }
  }

  /** Refuses weights whose sizes differ from the configuration. */
  static void checkSize(Object config, String key, long said, String tensor, long found) {
    if (said != found) {
      throw new CheckpointException(
          "%s: %s = %s, but %s has %s".formatted(config, key, said, tensor, found));
    }
  }

  /** Refuses a tensor that the configuration does not need, and a missing one that it needs. */
  static void checkAsked(Object config, String asked, boolean expected, String tensor, boolean is) {
    if (expected != is) {
      throw new CheckpointException(
          "%s: %s, but the weights have %s %s"
              .formatted(config, asked, expected ? "no" : "a", tensor));
    }
  }
}
