package org.nnsight4j.models.qwen3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code Qwen3-8B} on Hugging Face: 8.2 billion parameters in 36 blocks. javac knows their number,
 * and opening another size fails.
 */
@Architecture("qwen3")
@Pinned("qwen3-8b.layers.json")
public interface Qwen3Of8B extends Qwen3 {
  @Override
  Decoder model();

  /** {@link Qwen3.Decoder} with 36 blocks. */
  interface Decoder extends Qwen3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 36) int layer);
  }
}
