package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module that returns three tensors and is not part of the residual stream, such as Hugging
 * Face's routers, which return logits, scores and the chosen experts.
 *
 * @param <A> the width of each; {@link Axis} if they differ
 */
public interface Triple<A extends Axis> {
  /** The module's input; recorded as a read. */
  Value<Axis> input();

  /**
   * One of the three; recorded as a read.
   *
   * @throws org.nnsight4j.error.RecordingException if there is no such element
   */
  Value<A> output(@TupleElement(3) int element);
}
