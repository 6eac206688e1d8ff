package org.nnsight4j.models.gpt2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * GPT-2 large, {@code gpt2-large} on Hugging Face: 774 million parameters in 36 blocks. javac knows
 * their number, and opening another size fails.
 */
@Architecture("gpt2")
@Pinned("gpt2-large.layers.json")
public interface Gpt2Large extends Gpt2 {
  @Override
  Transformer transformer();

  /** {@link Gpt2.Transformer} with 36 blocks. */
  interface Transformer extends Gpt2.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 36) int layer);
  }
}
