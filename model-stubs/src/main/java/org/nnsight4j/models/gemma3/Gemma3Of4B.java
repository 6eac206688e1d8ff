package org.nnsight4j.models.gemma3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * The text part of {@code gemma-3-4b-pt} on Hugging Face: 3.9 billion parameters in 34 blocks.
 * javac knows their number, and opening another size fails.
 */
@Architecture("gemma3_text")
@Pinned("gemma-3-4b.layers.json")
public interface Gemma3Of4B extends Gemma3 {
  @Override
  Decoder model();

  /** {@link Gemma3.Decoder} with 34 blocks. */
  interface Decoder extends Gemma3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 34) int layer);
  }
}
