package org.nnsight4j.models.qwen2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * Qwen 2.5 in its smallest size, {@code Qwen2.5-0.5B} on Hugging Face: 500 million parameters in 24
 * blocks. javac knows their number, and opening another size fails.
 */
@Architecture("qwen2")
@Pinned("qwen2.5-0.5b.layers.json")
public interface Qwen25Of500M extends Qwen2 {
  @Override
  Decoder model();

  /** {@link Qwen2.Decoder} with 24 blocks. */
  interface Decoder extends Qwen2.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 24) int layer);
  }
}
