package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A row of a matrix for each id, as in {@code torch.nn.Embedding}.
 *
 * @param <O> the width of a row
 */
public interface Embedding<O extends Axis> extends Layer<O> {
  /**
   * The matrix, {@code [ids, width]}; see {@link Linear#weight}. Where the unembedding is tied to
   * it, both use what is set here.
   */
  Value<O> weight();
}
