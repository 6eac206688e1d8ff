package org.nnsight4j.models.gptoss;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * {@code gpt-oss-20b} on Hugging Face: 21 billion parameters in 24 blocks. javac knows their
 * number, and opening another size fails.
 */
@Architecture("gpt_oss")
@Pinned("gpt-oss-20b.layers.json")
public interface GptOssOf20B extends GptOss {
  @Override
  Decoder model();

  /** {@link GptOss.Decoder} with 24 blocks. */
  interface Decoder extends GptOss.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 24) int layer);
  }
}
