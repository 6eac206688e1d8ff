package org.nnsight4j.engine;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Set;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.WeightBytes;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.values.Precision;

/**
 * Which weights are converted to the type of the run when loaded, and which at each use. Weights
 * that are not matrices are small and always converted. This class needs no native library of the
 * engine.
 */
public final class Conversions {
  /** Larger than the width of any layer, smaller than the vocabulary. */
  private static final long MANY_ROWS = 30_000;

  private static final long BLOCK = 2L << 20;

  private final LoadSettings settings;
  private final Set<DType> types;
  private final boolean atUse;
  private final WeightBytes bytes;

  private Conversions(LoadSettings settings, Set<DType> types, boolean atUse, WeightBytes bytes) {
    this.settings = settings;
    this.types = types;
    this.atUse = atUse;
    this.bytes = bytes;
  }

  /** Decides for the weights of a checkpoint. */
  public static Conversions of(Collection<TensorEntry> entries, LoadSettings settings) {
    Set<DType> types = EnumSet.noneOf(DType.class);
    long all = 0;
    long largest = 0;
    for (TensorEntry entry : entries) {
      DType dtype = stored(entry);
      types.add(dtype);
      if (dtype != settings.run() && isMatrix(entry)) {
        long elements = entry.byteLength() / dtype.bytes();
        long bytes = Dim.product(elements, settings.run().bytes());
        largest = Math.max(largest, atOnce(entry, bytes));
        all = Dim.sum(all, bytes);
      }
    }
    // Files are not mapped on other devices, so all weights are converted while they are copied
    // there.
    boolean atUse = all > settings.convertUpTo() && settings.device().isHost();
    return new Conversions(
        settings, types, atUse, atUse ? new WeightBytes(largest, all) : WeightBytes.NONE);
  }

  /** Whether a tensor has a type that weights can have. */
  public static boolean isWeight(TensorEntry entry) {
    return Arrays.stream(DType.values())
        .filter(DType::isFloating)
        .anyMatch(type -> type.safetensorsName().equals(entry.dtype()));
  }

  /** The largest part of a matrix that is converted at a time; of a stack, one matrix. */
  private static long atOnce(TensorEntry entry, long bytes) {
    long[] shape = entry.shape();
    if (shape.length > 2) {
      return bytes / Math.max(1, shape[0]);
    }
    // A matrix with a row for each token is converted row by row or in blocks.
    return shape[0] >= MANY_ROWS ? BLOCK : bytes;
  }

  /**
   * The type in which a tensor is stored.
   *
   * @throws CheckpointException if weights cannot have it
   */
  static DType stored(TensorEntry entry) {
    DType dtype = entry.loadableType();
    if (!dtype.isFloating()) {
      throw new CheckpointException(
          "%s: the tensor '%s' is of type %s; weights are read as F32, F16, BF16 or F64"
              .formatted(entry.file(), entry.name(), entry.dtype()));
    }
    return dtype;
  }

  private static boolean isMatrix(TensorEntry entry) {
    return entry.shape().length > 1;
  }

  /** Whether a tensor stays unconverted in its file. */
  boolean staysAsItIs(TensorEntry entry) {
    return settings.device().isHost()
        && (stored(entry) == settings.run() || (atUse && isMatrix(entry)));
  }

  /** The memory for weights that are converted at each use. */
  public WeightBytes bytes() {
    return bytes;
  }

  /** The precision in which the network then computes. */
  public Precision precision() {
    return new Precision(
        new ArrayList<>(types), settings.run(), atUse, settings.device().name(), settings.format());
  }
}
