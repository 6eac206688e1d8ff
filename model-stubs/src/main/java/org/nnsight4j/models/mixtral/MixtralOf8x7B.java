package org.nnsight4j.models.mixtral;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code Mixtral-8x7B-v0.1} on Hugging Face: 47 billion parameters in 32 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("mixtral")
@Pinned("mixtral-8x7b.layers.json")
public interface MixtralOf8x7B extends Mixtral {
  @Override
  Decoder model();

  /** {@link Mixtral.Decoder} with 32 blocks. */
  interface Decoder extends Mixtral.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 32) int layer);
  }
}
