package org.nnsight4j.models.llama;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Llama 3.1 in its most common size, {@code Llama-3.1-8B} on Hugging Face: 8 billion parameters in
 * 32 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("llama")
@Pinned("llama-3.1-8b.layers.json")
public interface Llama31Of8B extends Llama {
  @Override
  Decoder model();

  /** {@link Llama.Decoder} with 32 blocks. */
  interface Decoder extends Llama.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
