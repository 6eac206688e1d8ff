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

  /** The module applied to a value of the user's, outside the model's own flow. */
  Value<O> apply(Value<?> argument);

  /**
   * The module does not run; the value is its output (nnsight's {@code skip}). Its inner sites
   * cannot be used then.
   */
  void skip(Value<? extends O> value);
}
