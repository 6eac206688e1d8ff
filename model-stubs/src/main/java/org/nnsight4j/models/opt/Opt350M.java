package org.nnsight4j.models.opt;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Pinned;

/**
 * OPT in the size with normalisations after the sums, {@code opt-350m} on Hugging Face: 331 million
 * parameters in 24 blocks. javac knows their number, and opening another size fails.
 */
@Architecture("opt")
@Pinned("opt-350m.layers.json")
public interface Opt350M extends Opt {
  @Override
  @At("model.decoder")
  Decoder decoder();

  /** {@link Opt.Decoder} with 24 blocks. */
  interface Decoder extends Opt.Decoder {
    @Override
    Block layers(@Index(value = "num_hidden_layers", count = 24) int layer);
  }
}
