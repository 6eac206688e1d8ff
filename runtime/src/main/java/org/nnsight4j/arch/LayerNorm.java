package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * Layer normalisation with weights, as in {@code torch.nn.LayerNorm}.
 *
 * @param <A> the width of input and output
 */
public interface LayerNorm<A extends Axis> extends Transform<A, A> {
  /** What normalised values are multiplied by, {@code [width]}; see {@link Linear#weight}. */
  Value<A> weight();

  /** What is added after that, {@code [width]}. */
  Value<A> bias();
}
