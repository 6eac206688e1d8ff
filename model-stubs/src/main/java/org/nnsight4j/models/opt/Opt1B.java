package org.nnsight4j.models.opt;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * OPT in a middle size, {@code opt-1.3b} on Hugging Face: 1.3 billion parameters in 24 blocks.
 * javac knows their number, and opening another size fails.
 */
@Architecture("opt")
@Pinned("opt-1.3b.layers.json")
public interface Opt1B extends Opt {
  @Override
  @At("model.decoder")
  Decoder decoder();

  /** {@link Opt.Decoder} with 24 blocks. */
  interface Decoder extends Opt.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 24) int layer);
  }
}
