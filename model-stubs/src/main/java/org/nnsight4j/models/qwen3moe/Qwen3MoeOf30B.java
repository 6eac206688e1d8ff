package org.nnsight4j.models.qwen3moe;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code Qwen3-30B-A3B} on Hugging Face: 30 billion parameters in 48 blocks, of which each token
 * uses 3 billion. javac knows their number, and opening another size fails.
 */
@Architecture("qwen3_moe")
@Pinned("qwen3-30b-a3b.layers.json")
public interface Qwen3MoeOf30B extends Qwen3Moe {
  @Override
  Decoder model();

  /** {@link Qwen3Moe.Decoder} with 48 blocks. */
  interface Decoder extends Qwen3Moe.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 48) int layer);
  }
}
