package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module that returns two tensors and is not part of the residual stream, such as Hugging Face's
 * rotary embedding, which returns cosines and sines.
 *
 * @param <A> the width of both
 */
public interface Pair<A extends Axis> {
  /**
   * One of the two; recorded as a read.
   *
   * @throws org.nnsight4j.error.RecordingException if there is no such element
   */
  Value<A> output(@TupleElement(2) int element);
}
