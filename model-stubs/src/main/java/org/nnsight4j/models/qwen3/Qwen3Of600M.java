package org.nnsight4j.models.qwen3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Qwen 3 in its smallest size, {@code Qwen3-0.6B} on Hugging Face: 600 million parameters in 28
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("qwen3")
@Pinned("qwen3-0.6b.layers.json")
public interface Qwen3Of600M extends Qwen3 {
  @Override
  Decoder model();

  /** {@link Qwen3.Decoder} with 28 blocks. */
  interface Decoder extends Qwen3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 28) int layer);
  }
}
