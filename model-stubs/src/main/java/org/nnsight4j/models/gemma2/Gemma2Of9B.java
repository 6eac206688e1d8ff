package org.nnsight4j.models.gemma2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code gemma-2-9b} on Hugging Face: 9.2 billion parameters in 42 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("gemma2")
@Pinned("gemma-2-9b.layers.json")
public interface Gemma2Of9B extends Gemma2 {
  @Override
  Decoder model();

  /** {@link Gemma2.Decoder} with 42 blocks. */
  interface Decoder extends Gemma2.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 42) int layer);
  }
}
