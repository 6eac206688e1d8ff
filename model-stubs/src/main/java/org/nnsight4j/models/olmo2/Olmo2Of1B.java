package org.nnsight4j.models.olmo2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code OLMo-2-0425-1B} on Hugging Face: 1.5 billion parameters in 16 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("olmo2")
@Pinned("olmo-2-1b.layers.json")
public interface Olmo2Of1B extends Olmo2 {
  @Override
  Decoder model();

  /** {@link Olmo2.Decoder} with 16 blocks. */
  interface Decoder extends Olmo2.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 16) int layer);
  }
}
