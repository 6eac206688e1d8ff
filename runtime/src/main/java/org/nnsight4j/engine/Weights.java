package org.nnsight4j.engine;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.checkpoint.WeightMatch;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * A checkpoint's parameters on the engine. Files are memory-mapped by libtorch; FP32 parameters are
 * views of the map, other types are converted to FP32 once. Read-only, shared by all runs.
 */
public final class Weights implements AutoCloseable {
  private final Arena arena;
  private final Map<String, NDArray> arrays;
  private final List<String> warnings = new ArrayList<>();

  private Weights(Arena arena, Map<String, NDArray> arrays) {
    this.arena = arena;
    this.arrays = arrays;
  }

  /**
   * Loads a checkpoint's parameters for a module tree.
   *
   * @param strict whether to refuse what would otherwise be a {@linkplain #warnings() warning}
   * @throws CheckpointException if parameters are missing, of another shape, or damaged
   */
  public static Weights load(Blueprint blueprint, Checkpoint checkpoint, boolean strict) {
    WeightMatch match = WeightMatch.of(blueprint, checkpoint);
    if (strict) {
      match.requireNothingElse();
    }
    Weights weights = map(match.entries());
    match.warning().ifPresent(weights.warnings::add);
    new TreeMap<>(blueprint.ties()).forEach((tied, to) -> weights.tie(tied, to, checkpoint));
    if (strict && !weights.warnings.isEmpty()) {
      weights.close();
      throw new CheckpointException(String.join("\n", weights.warnings));
    }
    return weights;
  }

  /** Does what transformers does: one matrix, unless the checkpoint has two that differ. */
  private void tie(String tied, String to, Checkpoint checkpoint) {
    NDArray own = arrays.get(tied);
    NDArray other = get(to);
    if (own != null && !own.contentEquals(other)) {
      warnings.add(
          "%s: by config.json (tie_word_embeddings) %s is %s, but the weights have both and they differ, so they are not tied; set tie_word_embeddings to false if that is meant"
              .formatted(checkpoint.directory(), tied, to));
      return;
    }
    if (own != null) {
      own.close();
    }
    arrays.put(tied, other);
  }

  /** Warnings about what was loaded. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /**
   * Maps the files and makes one array for each entry.
   *
   * @param entries the entries, by the network's parameter names
   * @throws CheckpointException if a file has changed since its header was read
   */
  public static Weights map(Map<String, TensorEntry> entries) {
    Arena arena = Arena.open();
    boolean complete = false;
    try (Arena maps = arena.child()) {
      Map<MapKey, NDArray> files = new HashMap<>();
      Map<String, NDArray> arrays = new HashMap<>();
      for (Map.Entry<String, TensorEntry> each : entries.entrySet()) {
        TensorEntry entry = each.getValue();
        DType dtype = stored(entry);
        arrays.put(
            each.getKey(),
            entry.offset() % dtype.bytes() == 0
                ? view(arena, maps, files, entry, dtype)
                : copy(arena, entry, dtype));
      }
      complete = true;
      return new Weights(arena, arrays);
    } finally {
      if (!complete) {
        arena.close();
      }
    }
  }

  /** A copy in another floating data type, in which a network then computes. */
  public Weights as(DType dtype) {
    Arena other = Arena.open();
    Map<String, NDArray> cast = new HashMap<>();
    arrays.forEach(
        (name, array) ->
            cast.put(
                name,
                TorchOps.get().call(other, TorchOps.scriptName("cast"), array, dtype.name())));
    return new Weights(other, cast);
  }

  private static NDArray view(
      Arena arena, Arena maps, Map<MapKey, NDArray> files, TensorEntry entry, DType dtype) {
    NDArray file =
        files.computeIfAbsent(
            new MapKey(entry.file(), dtype), key -> mapped(maps, entry.file(), dtype));
    try {
      return TorchOps.get()
          .call(
              arena,
              "mapped_tensor",
              file,
              entry.offset() / dtype.bytes(),
              entry.byteLength() / dtype.bytes(),
              entry.shape());
    } catch (EngineException e) {
      throw new CheckpointException(
          "%s: '%s' is not where the header says; the file has changed since it was opened: %s"
              .formatted(entry.file(), entry.name(), e.getMessage()),
          e);
    }
  }

  /** libtorch maps a file as elements of one type, so an unaligned offset needs a copy. */
  private static NDArray copy(Arena arena, TensorEntry entry, DType dtype) {
    ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(entry.byteLength()));
    try (FileChannel channel = FileChannel.open(entry.file())) {
      while (bytes.hasRemaining() && channel.read(bytes, entry.offset() + bytes.position()) >= 0) {
        // Reads until the buffer is full or the file ends.
      }
    } catch (IOException e) {
      throw new CheckpointException(entry.file() + " cannot be read: " + e.getMessage(), e);
    }
    if (bytes.hasRemaining()) {
      throw new CheckpointException(entry.file() + " has become shorter since it was opened");
    }
    Tensor tensor = Tensor.ofBytes(dtype, bytes.flip(), entry.shape());
    try (NDArray stored = Transfer.toEngine(arena, tensor)) {
      return TorchOps.get().call(arena, TorchOps.scriptName("cast"), stored, "FLOAT32");
    }
  }

  private static NDArray mapped(Arena arena, Path file, DType dtype) {
    try {
      long elements = file.toFile().length() / dtype.bytes();
      return TorchOps.get()
          .call(arena, "map_file", file.toString(), elements, Transfer.code(dtype));
    } catch (EngineException e) {
      throw new CheckpointException(file + " cannot be memory-mapped: " + e.getMessage(), e);
    }
  }

  private record MapKey(Path file, DType dtype) {}

  public NDArray get(String name) {
    NDArray array = arrays.get(name);
    if (array == null) {
      throw new IllegalStateException(
          "the network asks for '" + name + "', which its blueprint lacks");
    }
    return array;
  }

  /** The result of a kernel that depends on numbers alone, kept as long as the weights. */
  NDArray constant(String kernel, Object... args) {
    return TorchOps.get().call(arena, kernel, args);
  }

  public boolean has(String name) {
    return arrays.containsKey(name);
  }

  @Override
  public void close() {
    arena.close();
  }

  private static DType stored(TensorEntry entry) {
    DType dtype = entry.loadableType();
    if (!dtype.isFloating()) {
      throw new CheckpointException(
          "%s: the tensor '%s' is of type %s; weights are read as F32, F16, BF16 or F64"
              .formatted(entry.file(), entry.name(), entry.dtype()));
    }
    return dtype;
  }
}
