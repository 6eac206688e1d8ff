package org.nnsight4j.models.bloom;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * BLOOM in its smallest size, {@code bloom-560m} on Hugging Face: 559 million parameters in 24
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("bloom")
@Pinned("bloom-560m.layers.json")
public interface Bloom560M extends Bloom {
  @Override
  Transformer transformer();

  /** {@link Bloom.Transformer} with 24 blocks. */
  interface Transformer extends Bloom.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 24) int layer);
  }
}
