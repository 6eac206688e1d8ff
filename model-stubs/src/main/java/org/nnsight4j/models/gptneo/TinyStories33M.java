package org.nnsight4j.models.gptneo;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * TinyStories, {@code TinyStories-33M} on Hugging Face: 68.5 million parameters, more than half of
 * them embeddings, in 4 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("gpt_neo")
@Pinned("tinystories-33m.layers.json")
public interface TinyStories33M extends GptNeo {
  @Override
  Transformer transformer();

  /** {@link GptNeo.Transformer} with 4 blocks. */
  interface Transformer extends GptNeo.Transformer {
    @Override
    Block h(@Index(value = "num_layers", count = 4) int layer);
  }
}
