package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module that gives two tensors and is no step of the residual stream, as Hugging Face's rotary
 * embedding, which gives cosines and sines.
 *
 * @param <A> the width of both
 */
public interface Pair<A extends Axis> {
  /**
   * One of both; recorded as a read.
   *
   * @throws org.nnsight4j.error.RecordingException if there is no such element
   */
  Value<A> output(@TupleElement(2) int element);
}
