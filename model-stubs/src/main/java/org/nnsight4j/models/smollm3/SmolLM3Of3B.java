package org.nnsight4j.models.smollm3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code SmolLM3-3B} on Hugging Face: 3 billion parameters in 36 blocks. javac knows their number,
 * and opening another size fails.
 */
@Architecture("smollm3")
@Pinned("smollm3-3b.layers.json")
public interface SmolLM3Of3B extends SmolLM3 {
  @Override
  Decoder model();

  /** {@link SmolLM3.Decoder} with 36 blocks. */
  interface Decoder extends SmolLM3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 36) int layer);
  }
}
