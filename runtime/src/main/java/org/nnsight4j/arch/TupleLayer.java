package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module in the residual stream that returns a tuple, as Hugging Face's blocks and attention do.
 * There is no {@code output()} without an element, so that "element 0" and "batch row 0" cannot be
 * confused.
 *
 * @param <A> the width of the input and of the tuple's tensors
 */
public interface TupleLayer<A extends Axis> {
  /** The module's first input; recorded as a read. */
  Value<A> input();

  /**
   * One element of the tuple; recorded as a read.
   *
   * @throws org.nnsight4j.error.RecordingException if the tuple has no such element
   */
  Value<A> output(@TupleElement(1) int element);

  /** Applies the module to a value; returns the first element of its tuple. */
  Value<A> apply(Value<? extends A> argument);

  /**
   * Skips the module; the value becomes the first element of its tuple (nnsight's {@code skip}).
   * Its inner sites can then not be used.
   */
  void skip(Value<? extends A> value);
}
