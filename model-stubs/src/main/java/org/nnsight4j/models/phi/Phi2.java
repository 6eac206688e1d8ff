package org.nnsight4j.models.phi;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Phi-2, {@code phi-2} on Hugging Face: 2.8 billion parameters in 32 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("phi")
@Pinned("phi-2.layers.json")
public interface Phi2 extends Phi {
  @Override
  Decoder model();

  /** {@link Phi.Decoder} with 32 blocks. */
  interface Decoder extends Phi.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
