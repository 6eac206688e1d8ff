package org.nnsight4j.models.gpt2.loading;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

/** A part of GPT-2 by the other name of its number of layers. */
@Architecture("gpt2")
interface ByAlias extends Layer<ByAlias.Vocab> {
  @At("transformer.h")
  TupleLayer<Hidden> block(@Index("num_hidden_layers") int layer);

  interface Vocab extends Axis {}

  interface Hidden extends Axis {}
}
