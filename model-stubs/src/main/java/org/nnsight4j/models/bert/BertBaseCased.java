package org.nnsight4j.models.bert;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * BERT in its usual size, {@code bert-base-cased} on Hugging Face: 108.3 million parameters in 12
 * layers, for cased text. javac knows the number of layers, and opening another size fails.
 */
@Architecture("bert")
@Pinned("bert-base-cased.layers.json")
public interface BertBaseCased extends Bert {
  @Override
  Base bert();

  /** {@link Bert.Base} with 12 layers. */
  interface Base extends Bert.Base {
    @Override
    Encoder encoder();
  }

  /** {@link Bert.Encoder} with 12 layers. */
  interface Encoder extends Bert.Encoder {
    @Override
    Block layer(@Index(value = "num_hidden_layers", count = 12) int layer);
  }
}
