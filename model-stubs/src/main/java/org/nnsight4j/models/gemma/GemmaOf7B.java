package org.nnsight4j.models.gemma;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code gemma-7b} on Hugging Face: 8.5 billion parameters in 28 blocks. javac knows their number,
 * and opening another size fails.
 */
@Architecture("gemma")
@Pinned("gemma-7b.layers.json")
public interface GemmaOf7B extends Gemma {
  @Override
  Decoder model();

  /** {@link Gemma.Decoder} with 28 blocks. */
  interface Decoder extends Gemma.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 28) int layer);
  }
}
