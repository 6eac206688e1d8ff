package org.nnsight4j.models.mistral;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code Mistral-7B-v0.3} on Hugging Face: 7 billion parameters in 32 blocks, none with a window.
 * javac knows their number, and opening another size fails.
 */
@Architecture("mistral")
@Pinned("mistral-7b-v0.3.layers.json")
public interface Mistral03Of7B extends Mistral {
  @Override
  Decoder model();

  /** {@link Mistral.Decoder} with 32 blocks. */
  interface Decoder extends Mistral.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
