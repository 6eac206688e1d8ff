package org.nnsight4j.graph;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/**
 * A value that is kept: readable after the run.
 *
 * @param <A> the width of the value
 */
public final class Saved<A> {
  private final int node;
  private final SourceLine line;
  private volatile @Nullable Tensor tensor;
  private volatile @Nullable String missing;

  Saved(Value<A> source) {
    this.node = source.node();
    this.line = source.line();
    this.missing = "the run has not happened yet; it happens when the generator closes";
  }

  /**
   * The numbers.
   *
   * @throws RunException before the run, after a failed run, or when the value's step never
   *     happened; the message says which
   */
  public Tensor value() {
    Tensor found = tensor;
    if (found == null) {
      throw new RunException("the value saved at %s cannot be read: %s".formatted(line(), missing));
    }
    return found;
  }

  /** Whether {@link #value()} has something to give. */
  public boolean isPresent() {
    return tensor != null;
  }

  /** Where {@code save()} was called. */
  public SourceLine line() {
    return line;
  }

  int node() {
    return node;
  }

  void complete(Tensor result) {
    tensor = result;
    missing = null;
  }

  void absent(String reason) {
    if (tensor == null) {
      missing = reason;
    }
  }

  @Override
  public String toString() {
    Tensor found = tensor;
    return found == null ? "Saved(" + missing + ")" : "Saved(" + found + ")";
  }
}
