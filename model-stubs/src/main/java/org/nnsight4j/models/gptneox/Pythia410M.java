package org.nnsight4j.models.gptneox;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Pythia in its middle size, {@code pythia-410m} on Hugging Face, deduplicated or not: 405 million
 * parameters in 24 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("gpt_neox")
@Pinned("pythia-410m.layers.json")
public interface Pythia410M extends GptNeoX {
  @Override
  @At("gpt_neox")
  Decoder gptNeox();

  /** {@link GptNeoX.Decoder} with 24 blocks. */
  interface Decoder extends GptNeoX.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 24) int layer);
  }
}
