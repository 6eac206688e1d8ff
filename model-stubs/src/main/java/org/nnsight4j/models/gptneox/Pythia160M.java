package org.nnsight4j.models.gptneox;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Pythia in the size of GPT-2, {@code pythia-160m} on Hugging Face, deduplicated or not: 162
 * million parameters in 12 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("gpt_neox")
@Pinned("pythia-160m.layers.json")
public interface Pythia160M extends GptNeoX {
  @Override
  @At("gpt_neox")
  Decoder gptNeox();

  /** {@link GptNeoX.Decoder} with 12 blocks. */
  interface Decoder extends GptNeoX.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 12) int layer);
  }
}
