package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module with one tensor as output and an input whose width the descriptor does not state.
 *
 * @param <O> the width of the output
 */
public interface Layer<O extends Axis> extends Site<O> {
  /** The module's first input; recorded as a read. */
  Value<Axis> input();

  /** Applies the module to a value, outside the model's own forward pass. */
  Value<O> apply(Value<?> argument);

  /**
   * Skips the module; the value becomes its output (nnsight's {@code skip}). Its inner sites can
   * then not be used.
   */
  void skip(Value<? extends O> value);
}
