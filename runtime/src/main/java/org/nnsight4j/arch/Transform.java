package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module with one tensor as input and one as output, both of a stated width.
 *
 * @param <I> the width of the input
 * @param <O> the width of the output
 */
public interface Transform<I extends Axis, O extends Axis> extends Site<O> {
  /** The module's input; recorded as a read. */
  Value<I> input();

  /** Applies the module to a value, outside the model's own forward pass. */
  Value<O> apply(Value<? extends I> argument);

  /**
   * Skips the module; the value becomes its output (nnsight's {@code skip}). Its inner sites can
   * then not be used.
   */
  void skip(Value<? extends O> value);
}
