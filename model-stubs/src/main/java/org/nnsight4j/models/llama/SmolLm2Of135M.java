package org.nnsight4j.models.llama;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * SmolLM2 in its smallest size, {@code SmolLM2-135M} on Hugging Face: 135 million parameters in 30
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("llama")
@Pinned("smollm2-135m.layers.json")
public interface SmolLm2Of135M extends Llama {
  @Override
  Decoder model();

  /** {@link Llama.Decoder} with 30 blocks. */
  interface Decoder extends Llama.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 30) int layer);
  }
}
