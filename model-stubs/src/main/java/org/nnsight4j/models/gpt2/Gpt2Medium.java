package org.nnsight4j.models.gpt2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * GPT-2 medium, {@code gpt2-medium} on Hugging Face: 355 million parameters in 24 blocks. javac
 * knows their number, and opening another size fails.
 */
@Architecture("gpt2")
@Pinned("gpt2-medium.layers.json")
public interface Gpt2Medium extends Gpt2 {
  @Override
  Transformer transformer();

  /** {@link Gpt2.Transformer} with 24 blocks. */
  interface Transformer extends Gpt2.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 24) int layer);
  }
}
