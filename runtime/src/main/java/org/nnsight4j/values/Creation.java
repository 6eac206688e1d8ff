package org.nnsight4j.values;

import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;

/**
 * Numbers that no other value is needed for. They exist from the start of the run, and are computed
 * where the model is; a {@link org.nnsight4j.tensor.Tensor} of the user's own is a constant.
 *
 * <p>Random numbers depend on the seed, the shape and nothing else: the same seed gives the same
 * numbers on every machine.
 */
@NotUserCode
public final class Creation {
  private final Recording recording;

  Creation(Recording recording) {
    this.recording = recording;
  }

  /** What one recording can begin with. */
  public static Creation of(Recording recording) {
    return new Creation(recording);
  }

  /** FLOAT32 zeros. */
  public Value<Axis> zeros(long... shape) {
    return full(0, DType.FLOAT32, shape);
  }

  /** FLOAT32 ones. */
  public Value<Axis> ones(long... shape) {
    return full(1, DType.FLOAT32, shape);
  }

  /** One number everywhere. */
  public Value<Axis> full(double value, DType dtype, long... shape) {
    return call("full", shape, value, name(dtype, "full"));
  }

  /** The whole numbers from 0 to less than {@code end}. */
  public Value<Axis> arange(long end) {
    return arange(0, end, 1);
  }

  /** The whole numbers from {@code begin} to before {@code end}, by a step. */
  public Value<Axis> arange(long begin, long end, long step) {
    return call("arange", begin, end, step);
  }

  /** {@code count} FLOAT32 numbers with equal distances, both ends included. */
  public Value<Axis> linspace(double begin, double end, int count) {
    return call("linspace", begin, end, (long) count, DType.FLOAT32.name());
  }

  /** A FLOAT32 matrix with ones on the diagonal. */
  public Value<Axis> eye(int size) {
    return eye(size, size, DType.FLOAT32);
  }

  /** As {@link #eye(int)}, not square, or of another type. */
  public Value<Axis> eye(int rows, int columns, DType dtype) {
    return call("eye", (long) rows, (long) columns, name(dtype, "eye"));
  }

  /** FLOAT32 numbers from 0 to less than 1. */
  public Value<Axis> uniform(long seed, long... shape) {
    return call("uniform", seed, shape, DType.FLOAT32.name());
  }

  /** FLOAT32 numbers with mean 0 and standard deviation 1. */
  public Value<Axis> normal(long seed, long... shape) {
    return call("normal", seed, shape, DType.FLOAT32.name());
  }

  /** INT64 numbers from {@code low} to less than {@code high}. */
  public Value<Axis> randint(long seed, long low, long high, long... shape) {
    return call("randint", seed, low, high, shape);
  }

  /** The numbers from 0 to less than {@code count} in random order. */
  public Value<Axis> permutation(long seed, int count) {
    return call("randperm", seed, (long) count);
  }

  private Value<Axis> call(String op, Object... args) {
    return recording.call(op, args);
  }

  private String name(DType dtype, String op) {
    if (dtype == null) {
      throw recording.fail(op + ": an argument is null", UserFrames.here());
    }
    return dtype.name();
  }
}
