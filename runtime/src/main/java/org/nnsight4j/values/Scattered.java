package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;

/**
 * Writing by index or mask into a copy of a value, and random numbers of its shape.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Scattered<A> {
  /** Like {@code gather}, but index and value broadcast along the other axes (NumPy). */
  default Value<Axis> takeAlong(int axis, Value<?> index) {
    return call(this, "take_along_dim", (long) axis, index);
  }

  /**
   * A copy with the source's elements at the places in the index; if a place occurs twice, one
   * element wins.
   */
  default Value<A> scatter(int axis, Value<?> index, Value<?> source) {
    return call(this, "scatter", (long) axis, index, source);
  }

  /** A copy with one number at the places in the index. */
  default Value<A> scatter(int axis, Value<?> index, double value) {
    return call(this, "scatter_real", (long) axis, index, value);
  }

  /** A copy with the source's elements added at the places in the index; repeated places add up. */
  default Value<A> scatterAdd(int axis, Value<?> index, Value<?> source) {
    return call(this, "scatter_add", (long) axis, index, source);
  }

  /** A copy with slices added at a list of places of an axis. */
  default Value<A> indexAdd(int axis, Value<?> index, Value<?> source) {
    return call(this, "index_add", (long) axis, index, source);
  }

  /**
   * A copy with other slices at a list of places of an axis; if a place occurs twice, one slice
   * wins.
   */
  default Value<A> indexCopy(int axis, Value<?> index, Value<?> source) {
    return call(this, "index_copy", (long) axis, index, source);
  }

  /** A copy with one number at a list of places of an axis. */
  default Value<A> indexFill(int axis, Value<?> index, double value) {
    return call(this, "index_fill", (long) axis, index, value);
  }

  /** A copy with one number where the mask holds. */
  default Value<A> maskedFill(Value<?> mask, double value) {
    return call(this, "masked_fill", mask, value);
  }

  /** For each class number, a 1 at its place in a new last axis. */
  default Value<Axis> oneHot(int classes) {
    return call(this, "one_hot", (long) classes);
  }

  // New values of this shape; random numbers are the same for the same seed.

  default Value<A> zerosLike() {
    return call(this, "full_like", 0.0);
  }

  default Value<A> onesLike() {
    return call(this, "full_like", 1.0);
  }

  default Value<A> fullLike(double value) {
    return call(this, "full_like", value);
  }

  /** Random numbers from 0 to less than 1. */
  default Value<A> uniformLike(long seed) {
    return call(this, "uniform_like", seed);
  }

  /** Random numbers with mean 0 and deviation 1. */
  default Value<A> normalLike(long seed) {
    return call(this, "normal_like", seed);
  }

  /** True with this value's probability. */
  default Value<A> bernoulli(long seed) {
    return call(this, "bernoulli", seed);
  }

  /** 0 with a probability; the rest are scaled up to keep the mean. */
  default Value<A> dropout(double probability, long seed) {
    return call(this, "dropout", probability, seed);
  }

  /** A random index along the axis, with the probabilities that are the softmax of these logits. */
  default Value<Axis> categorical(int axis, long seed) {
    return call(this, "categorical", (long) axis, seed);
  }
}
