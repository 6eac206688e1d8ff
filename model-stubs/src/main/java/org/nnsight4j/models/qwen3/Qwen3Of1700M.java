package org.nnsight4j.models.qwen3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code Qwen3-1.7B} on Hugging Face: 1.7 billion parameters in 28 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("qwen3")
@Pinned("qwen3-1.7b.layers.json")
public interface Qwen3Of1700M extends Qwen3 {
  @Override
  Decoder model();

  /** {@link Qwen3.Decoder} with 28 blocks. */
  interface Decoder extends Qwen3.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 28) int layer);
  }
}
