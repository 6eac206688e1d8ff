package org.nnsight4j.models.olmo;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * OLMo 1 in its larger size, {@code OLMo-7B-hf} on Hugging Face: 6.9 billion parameters in 32
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("olmo")
@Pinned("olmo-7b.layers.json")
public interface Olmo7B extends Olmo {
  @Override
  Decoder model();

  /** {@link Olmo.Decoder} with 32 blocks. */
  interface Decoder extends Olmo.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
