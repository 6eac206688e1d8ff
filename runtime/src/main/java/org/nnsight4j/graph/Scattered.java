package org.nnsight4j.graph;

import org.nnsight4j.shape.Axis;

/**
 * What every value can have written into it by index or mask, and random numbers of its shape.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Scattered<A> extends Multiplied<A> permits Trained {
  Scattered() {}

  /** As {@code gather}, but index and value broadcast along the other axes (NumPy). */
  public Value<Axis> takeAlong(int axis, Value<?> index) {
    return call("take_along_dim", (long) axis, index);
  }

  /** A copy with the source's elements where the index says; of equal places one wins. */
  public Value<A> scatter(int axis, Value<?> index, Value<?> source) {
    return call("scatter", (long) axis, index, source);
  }

  /** A copy with one number where the index says. */
  public Value<A> scatter(int axis, Value<?> index, double value) {
    return call("scatter_real", (long) axis, index, value);
  }

  /** A copy with the source's elements added where the index says; equal places add up. */
  public Value<A> scatterAdd(int axis, Value<?> index, Value<?> source) {
    return call("scatter_add", (long) axis, index, source);
  }

  /** A copy with slices added at a list of places of an axis. */
  public Value<A> indexAdd(int axis, Value<?> index, Value<?> source) {
    return call("index_add", (long) axis, index, source);
  }

  /** A copy with other slices at a list of places of an axis; of equal places one wins. */
  public Value<A> indexCopy(int axis, Value<?> index, Value<?> source) {
    return call("index_copy", (long) axis, index, source);
  }

  /** A copy with one number at a list of places of an axis. */
  public Value<A> indexFill(int axis, Value<?> index, double value) {
    return call("index_fill", (long) axis, index, value);
  }

  /** A copy with one number where the mask holds. */
  public Value<A> maskedFill(Value<?> mask, double value) {
    return call("masked_fill", mask, value);
  }

  /** For each class number a 1 at its place of a new last axis. */
  public Value<Axis> oneHot(int classes) {
    return call("one_hot", (long) classes);
  }

  // Copies of this shape, and random numbers of it; the same for the same seed.

  public Value<A> zerosLike() {
    return call("full_like", 0.0);
  }

  public Value<A> onesLike() {
    return call("full_like", 1.0);
  }

  public Value<A> fullLike(double value) {
    return call("full_like", value);
  }

  /** Random numbers from 0 to less than 1. */
  public Value<A> uniformLike(long seed) {
    return call("uniform_like", seed);
  }

  /** Random numbers with mean 0 and deviation 1. */
  public Value<A> normalLike(long seed) {
    return call("normal_like", seed);
  }

  /** True with this value's probability. */
  public Value<A> bernoulli(long seed) {
    return call("bernoulli", seed);
  }

  /** 0 with a probability, and the rest larger by what is lost. */
  public Value<A> dropout(double probability, long seed) {
    return call("dropout", probability, seed);
  }

  /** A place along the axis, chosen with the softmax of these logits. */
  public Value<Axis> categorical(int axis, long seed) {
    return call("categorical", (long) axis, seed);
  }
}
