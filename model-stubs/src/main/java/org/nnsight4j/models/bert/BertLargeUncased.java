package org.nnsight4j.models.bert;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * BERT in its large size, {@code bert-large-uncased} on Hugging Face: 335.2 million parameters in
 * 24 layers, for lower-case text. javac knows the number of layers, and opening another size fails.
 */
@Architecture("bert")
@Pinned("bert-large-uncased.layers.json")
public interface BertLargeUncased extends Bert {
  @Override
  Base bert();

  /** {@link Bert.Base} with 24 layers. */
  interface Base extends Bert.Base {
    @Override
    Encoder encoder();
  }

  /** {@link Bert.Encoder} with 24 layers. */
  interface Encoder extends Bert.Encoder {
    @Override
    Block layer(@Index(value = "num_hidden_layers", count = 24) int layer);
  }
}
