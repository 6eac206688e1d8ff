package org.nnsight4j.models.gemma3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code gemma-3-1b-pt} on Hugging Face: one billion parameters in 26 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("gemma3_text")
@Pinned("gemma-3-1b.layers.json")
public interface Gemma3Of1B extends Gemma3 {
  @Override
  Decoder model();

  /** {@link Gemma3.Decoder} with 26 blocks. */
  interface Decoder extends Gemma3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 26) int layer);
  }
}
