package org.nnsight4j.models.olmo3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code Olmo-3-1025-7B} on Hugging Face: 7.3 billion parameters in 32 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("olmo3")
@Pinned("olmo-3-7b.layers.json")
public interface Olmo3Of7B extends Olmo3 {
  @Override
  Decoder model();

  /** {@link Olmo3.Decoder} with 32 blocks. */
  interface Decoder extends Olmo3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
