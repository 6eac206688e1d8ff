package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * Normalisation by the root of the mean square, with weights.
 *
 * @param <A> the width of input and output
 */
public interface RmsNorm<A extends Axis> extends Transform<A, A> {
  /**
   * What normalised values are multiplied by, {@code [width]}, as the checkpoint has it: Gemma adds
   * 1 to it. See {@link Linear#weight}.
   */
  Value<A> weight();
}
