package org.nnsight4j.models.olmo;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * OLMo 1 in its smaller size, {@code OLMo-1B-hf} on Hugging Face: 1.2 billion parameters in 16
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("olmo")
@Pinned("olmo-1b.layers.json")
public interface Olmo1B extends Olmo {
  @Override
  Decoder model();

  /** {@link Olmo.Decoder} with 16 blocks. */
  interface Decoder extends Olmo.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 16) int layer);
  }
}
