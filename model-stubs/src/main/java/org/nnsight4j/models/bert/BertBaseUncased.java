package org.nnsight4j.models.bert;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * BERT in its usual size, {@code bert-base-uncased} on Hugging Face: 109.5 million parameters in 12
 * layers, for lower-case text. javac knows the number of layers, and opening another size fails.
 */
@Architecture("bert")
@Pinned("bert-base-uncased.layers.json")
public interface BertBaseUncased extends Bert {
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
