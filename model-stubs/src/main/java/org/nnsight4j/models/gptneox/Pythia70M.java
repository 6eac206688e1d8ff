package org.nnsight4j.models.gptneox;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Pythia in its second smallest published size, {@code pythia-70m} on Hugging Face, deduplicated or
 * not: 70 million parameters in 6 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("gpt_neox")
@Pinned("pythia-70m.layers.json")
public interface Pythia70M extends GptNeoX {
  @Override
  @At("gpt_neox")
  Decoder gptNeox();

  /** {@link GptNeoX.Decoder} with 6 blocks. */
  interface Decoder extends GptNeoX.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 6) int layer);
  }
}
