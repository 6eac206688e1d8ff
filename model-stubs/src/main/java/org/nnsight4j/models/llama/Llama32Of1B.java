package org.nnsight4j.models.llama;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Llama 3.2 in its smallest size, {@code Llama-3.2-1B} on Hugging Face: 1.2 billion parameters in
 * 16 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("llama")
@Pinned("llama-3.2-1b.layers.json")
public interface Llama32Of1B extends Llama {
  @Override
  Decoder model();

  /** {@link Llama.Decoder} with 16 blocks. */
  interface Decoder extends Llama.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 16) int layer);
  }
}
