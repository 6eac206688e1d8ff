package org.nnsight4j.models.gptneo;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * TinyStories in a very small size, {@code TinyStories-1M} on Hugging Face: 3.7 million parameters,
 * most of them embeddings, in 8 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("gpt_neo")
@Pinned("tinystories-1m.layers.json")
public interface TinyStories1M extends GptNeo {
  @Override
  Transformer transformer();

  /** {@link GptNeo.Transformer} with 8 blocks. */
  interface Transformer extends GptNeo.Transformer {
    @Override
    Block h(@Index(value = "num_layers", count = 8) int layer);
  }
}
