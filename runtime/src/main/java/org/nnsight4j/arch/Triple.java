package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module that gives three tensors and is no step of the residual stream, as Hugging Face's
 * routers, which give logits, scores and the experts that are chosen.
 *
 * @param <A> the width of each; {@link Axis} if they differ
 */
public interface Triple<A extends Axis> {
  /** What the module sees; recorded as a read. */
  Value<Axis> input();

  /**
   * One of the three; recorded as a read.
   *
   * @throws org.nnsight4j.error.RecordingException if there is no such element
   */
  Value<A> output(@TupleElement(3) int element);
}
