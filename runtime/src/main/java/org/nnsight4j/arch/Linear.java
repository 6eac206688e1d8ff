package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A linear layer with the matrix {@code [out, in]}, as in {@code torch.nn.Linear}.
 *
 * @param <I> the width of the input
 * @param <O> the width of the output
 */
public interface Linear<I extends Axis, O extends Axis> extends Transform<I, O> {
  /**
   * The matrix, {@code [out, in]}. Like the model's values it is read, and differentiated; {@code
   * set} replaces it for this run alone, in all of its passes and for all of its inputs.
   */
  Value<I> weight();

  /** The bias, {@code [out]}; refused if the layer has none. */
  Value<O> bias();
}
