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

  /** The module applied to a value of the user's, outside the model's own flow. */
  Value<O> apply(Value<? extends I> argument);

  /**
   * The module does not run; the value is its output (nnsight's {@code skip}). Its inner sites
   * cannot be used then.
   */
  void skip(Value<? extends O> value);
}
