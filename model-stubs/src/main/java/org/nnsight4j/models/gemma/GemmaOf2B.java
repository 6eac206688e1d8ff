package org.nnsight4j.models.gemma;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code gemma-2b} on Hugging Face: 2.5 billion parameters in 18 blocks. javac knows their number,
 * and opening another size fails.
 */
@Architecture("gemma")
@Pinned("gemma-2b.layers.json")
public interface GemmaOf2B extends Gemma {
  @Override
  Decoder model();

  /** {@link Gemma.Decoder} with 18 blocks. */
  interface Decoder extends Gemma.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 18) int layer);
  }
}
