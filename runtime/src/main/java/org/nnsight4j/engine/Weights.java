package org.nnsight4j.engine;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.WeightBytes;
import org.nnsight4j.internal.checkpoint.WeightMatch;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Precision;
import org.nnsight4j.values.WeightFormat;

/**
 * A checkpoint's parameters on the engine. Files are memory-mapped by libtorch, and parameters are
 * views of the map. Those of another type than the run's are converted once if they are few, else
 * by each kernel that uses one, a part at a time. Read-only, shared by all runs.
 */
public final class Weights implements AutoCloseable {
  private final Arena arena;
  private final Map<String, NDArray> stored;
  private final Map<String, NDArray> converted = new HashMap<>();
  private final Map<Long, NDArray> counted = new HashMap<>();
  private final MappedFiles files;
  private final Precision precision;
  private final WeightBytes conversions;
  private final WeightFormat format;
  private final List<Held> packed = new ArrayList<>();
  private final List<Runnable> dependents = new ArrayList<>();
  private final List<String> warnings = new ArrayList<>();
  private long ownBytes;

  private Weights(
      Arena arena,
      Map<String, NDArray> stored,
      MappedFiles files,
      Precision precision,
      WeightBytes conversions,
      WeightFormat format) {
    this.format = format;
    this.arena = arena;
    this.stored = stored;
    this.files = files;
    this.precision = precision;
    this.conversions = conversions;
  }

  /**
   * Loads a checkpoint's parameters for a module tree that computes in FP32 on the CPU.
   *
   * @param strict whether to refuse what would otherwise be a {@linkplain #warnings() warning}
   * @throws CheckpointException if parameters are missing, of another shape, or damaged
   */
  public static Weights load(Blueprint blueprint, Checkpoint checkpoint, boolean strict) {
    return load(blueprint, checkpoint, LoadSettings.usual(strict));
  }

  /**
   * Loads a checkpoint's parameters for a module tree.
   *
   * @throws CheckpointException if parameters are missing, of another shape, or damaged
   */
  public static Weights load(Blueprint blueprint, Checkpoint checkpoint, LoadSettings settings) {
    WeightMatch match = WeightMatch.of(blueprint, checkpoint);
    if (settings.strict()) {
      match.requireNothingElse();
    }
    Weights weights = map(match.entries(), settings);
    match.warning().ifPresent(weights.warnings::add);
    new TreeMap<>(blueprint.ties()).forEach((tied, to) -> weights.tie(tied, to, checkpoint));
    if (settings.strict() && !weights.warnings.isEmpty()) {
      weights.close();
      throw new CheckpointException(String.join("\n", weights.warnings));
    }
    return weights;
  }

  /** Does what transformers does: one matrix, unless the checkpoint has two that differ. */
  private void tie(String tied, String to, Checkpoint checkpoint) {
    NDArray own = stored.get(tied);
    NDArray other = stored(to);
    if (own != null && TorchOps.get().number("same_numbers", own, other) == 0) {
      warnings.add(
          "%s: by config.json (tie_word_embeddings) %s is %s, but the weights have both and they differ, so they are not tied; set tie_word_embeddings to false if that is meant"
              .formatted(checkpoint.directory(), tied, to));
      return;
    }
    if (own != null) {
      own.close();
    }
    stored.put(tied, other);
  }

  /** Warnings about what was loaded. */
  public List<String> warnings() {
    return List.copyOf(warnings);
  }

  /** {@link #map(Map, LoadSettings)} for a network that computes in FP32 on the CPU. */
  public static Weights map(Map<String, TensorEntry> entries) {
    return map(entries, LoadSettings.usual(false));
  }

  /**
   * Maps the files and makes one array for each entry.
   *
   * @param entries the entries, by the network's parameter names
   * @throws CheckpointException if a file has changed since its header was read
   */
  public static Weights map(Map<String, TensorEntry> entries, LoadSettings settings) {
    Conversions conversions = Conversions.of(entries.values(), settings);
    MappedFiles files = new MappedFiles();
    Arena arena = Arena.open(settings.device());
    boolean complete = false;
    try (Arena maps = Arena.open()) {
      Map<String, NDArray> arrays = new HashMap<>();
      long own = 0;
      for (Map.Entry<String, TensorEntry> each : entries.entrySet()) {
        TensorEntry entry = each.getValue();
        NDArray array = read(maps, files, entry);
        if (conversions.staysAsItIs(entry)) {
          arena.keep(array);
          own += isAligned(entry) ? 0 : entry.byteLength();
        } else {
          array = placed(arena, array, settings);
          own += bytes(array);
        }
        arrays.put(each.getKey(), array);
      }
      files.forgetMaps();
      complete = true;
      Weights weights =
          new Weights(
              arena,
              arrays,
              files,
              conversions.precision(),
              conversions.bytes(),
              settings.format());
      weights.ownBytes = own;
      return weights;
    } finally {
      if (!complete) {
        arena.close();
      }
    }
  }

  private static NDArray placed(Arena arena, NDArray array, LoadSettings settings) {
    NDArray there =
        settings.device().isHost() ? array : TorchOps.get().call(arena, "placed", array);
    return TorchOps.get().call(arena, "in_type", there, Transfer.code(settings.run()));
  }

  private static NDArray read(Arena maps, MappedFiles files, TensorEntry entry) {
    DType dtype = Conversions.stored(entry);
    return isAligned(entry) ? view(maps, files, entry, dtype) : copy(maps, entry, dtype);
  }

  /** libtorch maps a file as elements of one type, so an offset between elements needs a copy. */
  private static boolean isAligned(TensorEntry entry) {
    return entry.offset() % Conversions.stored(entry).bytes() == 0;
  }

  private static long bytes(NDArray array) {
    return Dim.product(array.getShape().size(), Transfer.dtype(array).bytes());
  }

  /** A copy in another floating data type, in which a network then computes. */
  public Weights as(DType dtype) {
    Arena other = Arena.open();
    Map<String, NDArray> cast = new HashMap<>();
    stored.forEach(
        (name, array) ->
            cast.put(
                name,
                TorchOps.get().call(other, TorchOps.scriptName("cast"), array, dtype.name())));
    Precision as =
        new Precision(
            precision.weights(), dtype, false, precision.device(), WeightFormat.AS_STORED);
    return new Weights(other, cast, files, as, WeightBytes.NONE, WeightFormat.AS_STORED);
  }

  private static NDArray view(Arena maps, MappedFiles files, TensorEntry entry, DType dtype) {
    NDArray file = files.map(maps, entry.file(), dtype);
    try {
      return TorchOps.get()
          .call(
              maps,
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
    return Transfer.toEngine(arena, Tensor.ofBytes(dtype, bytes.flip(), entry.shape()));
  }

  /** A parameter in the type of the run; it is converted if it is not. */
  public NDArray get(String name) {
    NDArray array = stored(name);
    if (Transfer.dtype(array) == precision.run()) {
      return array;
    }
    NDArray known = converted.get(name);
    if (known == null) {
      known = TorchOps.get().call(arena, "in_type", array, Transfer.code(precision.run()));
      ownBytes += bytes(known);
      converted.put(name, known);
    }
    return known;
  }

  /** A parameter in the type of its file, for kernels that convert what they use of it. */
  public NDArray stored(String name) {
    NDArray array = stored.get(name);
    if (array == null) {
      throw new IllegalStateException(
          "the network asks for '" + name + "', which its blueprint lacks");
    }
    return array;
  }

  /** The arrays that modules may have for a parameter. */
  List<NDArray> handles(String name) {
    NDArray inType = converted.get(name);
    return inType == null ? List.of(stored(name)) : List.of(stored(name), inType);
  }

  /** The result of a kernel that depends on numbers alone, kept as long as the weights. */
  NDArray constant(String kernel, Object... args) {
    return TorchOps.get().call(arena, kernel, args);
  }

  /** The same, for a result that counts as memory of the weights' own. */
  NDArray own(String kernel, Object... args) {
    NDArray made = constant(kernel, args);
    // Not only of types that values have.
    ownBytes += Dim.product(made.getShape().size(), made.getDataType().getNumOfBytes());
    return made;
  }

  /** The whole numbers from 0 on, one array for all who ask for as many. */
  NDArray counted(long count) {
    return counted.computeIfAbsent(count, each -> own("counted", each));
  }

  public boolean has(String name) {
    return stored.containsKey(name);
  }

  /** With which numbers a network of these weights computes. */
  public Precision precision() {
    return precision;
  }

  /** What those need that are converted at each use. */
  public WeightBytes conversions() {
    return conversions;
  }

  /** Where a network of these weights computes. */
  public TorchDevice device() {
    return arena.device();
  }

  /**
   * Asks whether the weights can still be read.
   *
   * @throws CheckpointException if a file that they are mapped from was written to
   */
  public void checkUnchanged() {
    files.checkUnchanged();
  }

  /** How the matrices of linear layers are kept. */
  WeightFormat format() {
    return format;
  }

  /** Runs something before the weights close, which uses them. */
  void closeToo(Runnable dependent) {
    dependents.add(dependent);
  }

  /** Keeps a packed matrix as long as the weights. */
  void hold(Held matrix, long bytes) {
    packed.add(matrix);
    ownBytes += bytes;
  }

  /** The bytes of the arrays' own memory, without views of files. */
  public long ownBytes() {
    return ownBytes;
  }

  @Override
  public void close() {
    dependents.forEach(Runnable::run);
    dependents.clear();
    packed.forEach(Held::close);
    packed.clear();
    arena.close();
  }
}
