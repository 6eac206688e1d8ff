package org.nnsight4j.models.gpt2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * GPT-2 as first published, {@code gpt2} on Hugging Face: 124 million parameters in 12 blocks.
 * javac knows their number, and opening another size fails.
 */
@Architecture("gpt2")
@Pinned("gpt2.layers.json")
public interface Gpt2Small extends Gpt2 {
  @Override
  Transformer transformer();

  /** {@link Gpt2.Transformer} with 12 blocks. */
  interface Transformer extends Gpt2.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 12) int layer);
  }
}
