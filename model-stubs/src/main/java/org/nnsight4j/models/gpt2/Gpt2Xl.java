package org.nnsight4j.models.gpt2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * GPT-2 XL, {@code gpt2-xl} on Hugging Face: 1.6 billion parameters in 48 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("gpt2")
@Pinned("gpt2-xl.layers.json")
public interface Gpt2Xl extends Gpt2 {
  @Override
  Transformer transformer();

  /** {@link Gpt2.Transformer} with 48 blocks. */
  interface Transformer extends Gpt2.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 48) int layer);
  }
}
