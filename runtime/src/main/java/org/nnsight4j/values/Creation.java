package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.record;
import static org.nnsight4j.values.Operands.typeName;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;

/**
 * Creates values from nothing but parameters. They exist from the start of the run and are computed
 * where the model is. (A {@link org.nnsight4j.tensor.Tensor} of the user's own is a constant.)
 *
 * <p>Random numbers depend only on the seed and the shape: the same seed gives the same numbers on
 * every machine.
 */
@NotUserCode
public interface Creation {
  /** FLOAT32 zeros. */
  default Value<Axis> zeros(long... shape) {
    return full(0, DType.FLOAT32, shape);
  }

  /** Zeros of a data type. */
  default Value<Axis> zeros(DType dtype, long... shape) {
    return full(0, dtype, shape);
  }

  /** FLOAT32 ones. */
  default Value<Axis> ones(long... shape) {
    return full(1, DType.FLOAT32, shape);
  }

  /** Ones of a data type. */
  default Value<Axis> ones(DType dtype, long... shape) {
    return full(1, dtype, shape);
  }

  /** One number everywhere. */
  default Value<Axis> full(double value, DType dtype, long... shape) {
    return record(this, "full", shape, value, typeName(this, dtype, "full"));
  }

  /** The integers from 0 to less than {@code end}. */
  default Value<Axis> arange(long end) {
    return arange(0, end, 1);
  }

  /** The integers from {@code begin} to before {@code end}, with a step. */
  default Value<Axis> arange(long begin, long end, long step) {
    return record(this, "arange", begin, end, step);
  }

  /** {@code count} equally spaced FLOAT32 numbers, both ends included. */
  default Value<Axis> linspace(double begin, double end, int count) {
    return linspace(begin, end, count, DType.FLOAT32);
  }

  /** Like {@link #linspace(double, double, int)}, with a data type. */
  default Value<Axis> linspace(double begin, double end, int count, DType dtype) {
    return record(this, "linspace", begin, end, (long) count, typeName(this, dtype, "linspace"));
  }

  /** A FLOAT32 matrix with ones on the diagonal. */
  default Value<Axis> eye(int size) {
    return eye(size, size, DType.FLOAT32);
  }

  /** Like {@link #eye(int)}, with a data type. */
  default Value<Axis> eye(int size, DType dtype) {
    return eye(size, size, dtype);
  }

  /** Like {@link #eye(int)}, but not square, with a data type. */
  default Value<Axis> eye(int rows, int columns, DType dtype) {
    return record(this, "eye", (long) rows, (long) columns, typeName(this, dtype, "eye"));
  }

  /** FLOAT32 numbers from 0 to less than 1. */
  default Value<Axis> uniform(long seed, long... shape) {
    return record(this, "uniform", seed, shape, DType.FLOAT32.name());
  }

  /** FLOAT32 numbers with mean 0 and standard deviation 1. */
  default Value<Axis> normal(long seed, long... shape) {
    return record(this, "normal", seed, shape, DType.FLOAT32.name());
  }

  /** INT64 numbers from {@code low} to less than {@code high}. */
  default Value<Axis> randint(long seed, long low, long high, long... shape) {
    return record(this, "randint", seed, low, high, shape);
  }

  /** The numbers from 0 to less than {@code count} in random order. */
  default Value<Axis> permutation(long seed, int count) {
    return record(this, "randperm", seed, (long) count);
  }
}
