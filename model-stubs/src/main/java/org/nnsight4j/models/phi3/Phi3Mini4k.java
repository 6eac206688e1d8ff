package org.nnsight4j.models.phi3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Phi-3-mini for rows of 4096 tokens, {@code Phi-3-mini-4k-instruct} on Hugging Face: 3.8 billion
 * parameters in 32 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("phi3")
@Pinned("phi-3-mini-4k.layers.json")
public interface Phi3Mini4k extends Phi3 {
  @Override
  Decoder model();

  /** {@link Phi3.Decoder} with 32 blocks. */
  interface Decoder extends Phi3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
