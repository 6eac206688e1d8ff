package org.nnsight4j.models.olmo2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code OLMo-2-1124-7B} on Hugging Face: 7.3 billion parameters in 32 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("olmo2")
@Pinned("olmo-2-7b.layers.json")
public interface Olmo2Of7B extends Olmo2 {
  @Override
  Decoder model();

  /** {@link Olmo2.Decoder} with 32 blocks. */
  interface Decoder extends Olmo2.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
