package org.nnsight4j.models.gpt2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * The {@linkplain EmbeddedGpt2 embedded GPT-2}: one million parameters in 4 blocks. javac knows
 * their number, and opening another size fails.
 */
@Architecture("gpt2")
@Pinned("embedded.layers.json")
public interface Gpt2Of1M extends Gpt2 {
  @Override
  Transformer transformer();

  /** {@link Gpt2.Transformer} with 4 blocks. */
  interface Transformer extends Gpt2.Transformer {
    @Override
    Block h(@Index(value = "n_layer", count = 4) int layer);
  }
}
