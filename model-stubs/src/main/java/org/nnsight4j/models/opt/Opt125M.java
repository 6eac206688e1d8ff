package org.nnsight4j.models.opt;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * OPT in its smallest size, {@code opt-125m} on Hugging Face: 125 million parameters in 12 blocks.
 * javac knows their number, and opening another size fails.
 */
@Architecture("opt")
@Pinned("opt-125m.layers.json")
public interface Opt125M extends Opt {
  @Override
  @At("model.decoder")
  Decoder decoder();

  /** {@link Opt.Decoder} with 12 blocks. */
  interface Decoder extends Opt.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 12) int layer);
  }
}
