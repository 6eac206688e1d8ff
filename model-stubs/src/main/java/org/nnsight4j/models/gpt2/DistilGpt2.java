package org.nnsight4j.models.gpt2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * DistilGPT-2, {@code distilgpt2} on Hugging Face: 82 million parameters in 6 blocks. javac knows
 * their number, and opening another size fails.
 */
@Architecture("gpt2")
@Pinned("distilgpt2.layers.json")
public interface DistilGpt2 extends Gpt2 {
  @Override
  Transformer transformer();

  /** {@link Gpt2.Transformer} with 6 blocks. */
  interface Transformer extends Gpt2.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 6) int layer);
  }
}
