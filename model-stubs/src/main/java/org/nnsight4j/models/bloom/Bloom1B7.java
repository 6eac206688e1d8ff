package org.nnsight4j.models.bloom;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * BLOOM in a middle size, {@code bloom-1b7} on Hugging Face: 1.7 billion parameters in 24 blocks.
 * javac knows their number, and opening another size fails.
 */
@Architecture("bloom")
@Pinned("bloom-1b7.layers.json")
public interface Bloom1B7 extends Bloom {
  @Override
  Transformer transformer();

  /** {@link Bloom.Transformer} with 24 blocks. */
  interface Transformer extends Bloom.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 24) int layer);
  }
}
