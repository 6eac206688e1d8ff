package org.nnsight4j.models.falcon;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Falcon-RW in its smaller size, {@code falcon-rw-1b} on Hugging Face: 1.3 billion parameters in 24
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("falcon")
@Pinned("falcon-rw-1b.layers.json")
public interface FalconRw1B extends Falcon {
  @Override
  Transformer transformer();

  /** {@link Falcon.Transformer} with 24 blocks. */
  interface Transformer extends Falcon.Transformer {
    @Override
    Block h(@Index(value = "num_hidden_layers", count = 24) int layer);
  }
}
