package org.nnsight4j.models.gemma2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code gemma-2-2b} on Hugging Face, for which Gemma Scope has autoencoders: 2.6 billion
 * parameters in 26 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("gemma2")
@Pinned("gemma-2-2b.layers.json")
public interface Gemma2Of2B extends Gemma2 {
  @Override
  Decoder model();

  /** {@link Gemma2.Decoder} with 26 blocks. */
  interface Decoder extends Gemma2.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 26) int layer);
  }
}
