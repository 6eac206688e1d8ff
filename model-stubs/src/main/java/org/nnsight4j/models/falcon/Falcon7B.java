package org.nnsight4j.models.falcon;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Falcon in its smaller size, {@code falcon-7b} on Hugging Face: 6.9 billion parameters in 32
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("falcon")
@Pinned("falcon-7b.layers.json")
public interface Falcon7B extends Falcon {
  @Override
  Transformer transformer();

  /** {@link Falcon.Transformer} with 32 blocks. */
  interface Transformer extends Falcon.Transformer {
    @Override
    Block h(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
