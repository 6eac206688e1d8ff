package org.nnsight4j.models.llama;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * The {@linkplain EmbeddedLlama embedded Llama}: 0.9 million parameters in 4 blocks. javac knows
 * their number, and opening another size fails.
 */
@Architecture("llama")
@Pinned("embedded.layers.json")
public interface LlamaOf1M extends Llama {
  @Override
  Decoder model();

  /** {@link Llama.Decoder} with 4 blocks. */
  interface Decoder extends Llama.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 4) int layer);
  }
}
