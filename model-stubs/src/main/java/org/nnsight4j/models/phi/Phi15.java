package org.nnsight4j.models.phi;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Phi-1.5, {@code phi-1_5} on Hugging Face: 1.4 billion parameters in 24 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("phi")
@Pinned("phi-1_5.layers.json")
public interface Phi15 extends Phi {
  @Override
  Decoder model();

  /** {@link Phi.Decoder} with 24 blocks. */
  interface Decoder extends Phi.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 24) int layer);
  }
}
