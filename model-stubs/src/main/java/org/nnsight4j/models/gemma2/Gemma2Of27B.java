package org.nnsight4j.models.gemma2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code gemma-2-27b} on Hugging Face: 27 billion parameters in 46 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("gemma2")
@Pinned("gemma-2-27b.layers.json")
public interface Gemma2Of27B extends Gemma2 {
  @Override
  Decoder model();

  /** {@link Gemma2.Decoder} with 46 blocks. */
  interface Decoder extends Gemma2.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 46) int layer);
  }
}
