package org.nnsight4j.models.gptneo;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * GPT-Neo in its smallest size, {@code gpt-neo-125m} on Hugging Face: 125 million parameters in 12
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("gpt_neo")
@Pinned("gpt-neo-125m.layers.json")
public interface GptNeo125M extends GptNeo {
  @Override
  Transformer transformer();

  /** {@link GptNeo.Transformer} with 12 blocks. */
  interface Transformer extends GptNeo.Transformer {
    @Override
    Block h(@Index(value = "num_layers", count = 12) int layer);
  }
}
