package org.nnsight4j.models.qwen2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code Qwen2.5-7B} on Hugging Face: 7.6 billion parameters in 28 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("qwen2")
@Pinned("qwen2.5-7b.layers.json")
public interface Qwen25Of7B extends Qwen2 {
  @Override
  Decoder model();

  /** {@link Qwen2.Decoder} with 28 blocks. */
  interface Decoder extends Qwen2.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 28) int layer);
  }
}
