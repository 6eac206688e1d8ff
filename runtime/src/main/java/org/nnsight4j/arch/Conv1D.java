package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A linear layer with the matrix {@code [in, out]}, as in GPT-2: transformers calls it {@code
 * Conv1D}.
 *
 * @param <I> the width of the input
 * @param <O> the width of the output
 */
public interface Conv1D<I extends Axis, O extends Axis> extends Transform<I, O> {
  /**
   * The matrix, {@code [in, out]}. Like the model's values it is read, and differentiated; {@code
   * set} replaces it for this run alone, in all of its passes and for all of its inputs.
   */
  Value<O> weight();

  /** The bias, {@code [out]}. */
  Value<O> bias();
}
