package org.nnsight4j.models.gptj;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * GPT-J in its only size, {@code gpt-j-6b} on Hugging Face: 6.05 billion parameters in 28 blocks.
 * javac knows their number, and opening another size fails.
 */
@Architecture("gptj")
@Pinned("gpt-j-6b.layers.json")
public interface GptJ6B extends GptJ {
  @Override
  Transformer transformer();

  /** {@link GptJ.Transformer} with 28 blocks. */
  interface Transformer extends GptJ.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 28) int layer);
  }
}
