package org.nnsight4j.models.gemma3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Gemma 3 in its smallest size, {@code gemma-3-270m} on Hugging Face: 270 million parameters in 18
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("gemma3_text")
@Pinned("gemma-3-270m.layers.json")
public interface Gemma3Of270M extends Gemma3 {
  @Override
  Decoder model();

  /** {@link Gemma3.Decoder} with 18 blocks. */
  interface Decoder extends Gemma3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 18) int layer);
  }
}
