package org.nnsight4j.checkpoint;

import java.io.IOException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;

/**
 * A Hugging Face model directory.
 *
 * <p>Opening reads only the small JSON files. The headers of the weight files are read at the first
 * {@link #tensors()}, so a directory without weights is enough to record; the weights themselves
 * are never read here. Thread-safe.
 */
public final class Checkpoint {
  private final Path directory;
  private final ModelConfig config;
  private final Optional<GenerationConfig> generationConfig;
  private final @Nullable HubModel hub;
  private @Nullable SortedMap<String, TensorEntry> tensors;

  private Checkpoint(
      Path directory,
      ModelConfig config,
      Optional<GenerationConfig> generationConfig,
      @Nullable HubModel hub) {
    this.directory = directory;
    this.config = config;
    this.generationConfig = generationConfig;
    this.hub = hub;
  }

  /**
   * Opens a directory that has at least a {@code config.json}.
   *
   * @throws CheckpointException if there is no such directory, or a file in it cannot be used
   */
  public static Checkpoint open(Path directory) {
    return open(directory, null);
  }

  /**
   * Opens a model of a hub: from the cache, or otherwise downloaded into it. The first {@link
   * #tensors()} fetches weights.
   *
   * @throws CheckpointException if neither cache nor hub has it, or one of its files cannot be used
   */
  public static Checkpoint open(HubModel model) {
    return open(model.directory(), model);
  }

  /** The same checkpoint, opened again: files that were damaged or missing are read again. */
  public Checkpoint again() {
    return open(directory, hub);
  }

  private static Checkpoint open(Path directory, @Nullable HubModel hub) {
    if (!directory.getFileSystem().equals(FileSystems.getDefault())) {
      throw new CheckpointException(
          "%s: expected a directory of this machine's files, which weights are mapped from, found one of %s; copy it out first"
              .formatted(directory, directory.getFileSystem().provider().getScheme()));
    }
    if (!Files.isDirectory(directory)) {
      throw new CheckpointException(
          "%s: expected a model directory with config.json and model.safetensors, found %s"
              .formatted(
                  directory.toAbsolutePath(),
                  Files.exists(directory) ? "a file" : "no such directory"));
    }
    Path config = directory.resolve("config.json");
    if (!Files.isRegularFile(config)) {
      throw new CheckpointException(
          "%s: expected config.json in this model directory, found %s"
              .formatted(directory.toAbsolutePath(), contents(directory)));
    }
    if (Files.exists(directory.resolve("adapter_config.json"))) {
      throw new CheckpointException(
          "%s: holds an adapter beside the model (adapter_config.json), and transformers would open both as one; move the files of the adapter into a directory of their own, and add it by invoker.add(LoraAdapter.load(...))"
              .formatted(directory.toAbsolutePath()));
    }
    Path generation = directory.resolve("generation_config.json");
    return new Checkpoint(
        directory,
        ModelConfig.read(config),
        Files.isRegularFile(generation)
            ? Optional.of(GenerationConfig.read(generation))
            : Optional.empty(),
        hub);
  }

  /** The same checkpoint, whose configuration knows additional names of its keys. */
  public Checkpoint withAliases(Map<String, String> aliases) {
    return new Checkpoint(directory, config.withAliases(aliases), generationConfig, hub);
  }

  private static String contents(Path directory) {
    if (Files.isDirectory(directory.resolve("snapshots"))) {
      return "a folder of the Hugging Face cache; open the model by its name, as in hub(\"org/name\"), or the directory below snapshots/";
    }
    try (Stream<Path> files = Files.list(directory)) {
      var names = files.map(file -> file.getFileName().toString()).sorted().limit(10).toList();
      return names.isEmpty() ? "an empty directory" : "only " + String.join(", ", names);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be listed: %s".formatted(directory, e), e);
    }
  }

  public Path directory() {
    return directory;
  }

  public ModelConfig config() {
    return config;
  }

  public Optional<GenerationConfig> generationConfig() {
    return generationConfig;
  }

  public Optional<Path> tokenizerFile() {
    Path file = directory.resolve("tokenizer.json");
    return Files.isRegularFile(file) ? Optional.of(file) : Optional.empty();
  }

  /**
   * Every tensor of every weight file by name, sorted; unmodifiable.
   *
   * @throws CheckpointException if there are no weights, or their headers are damaged
   */
  public synchronized SortedMap<String, TensorEntry> tensors() {
    if (tensors == null) {
      if (hub != null) {
        hub.downloadWeights();
      }
      tensors = WeightFiles.read(directory);
    }
    return tensors;
  }

  @Override
  public String toString() {
    return "Checkpoint " + directory;
  }
}
