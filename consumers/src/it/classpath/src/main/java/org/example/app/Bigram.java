package org.example.app;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.tensor.Axis;

@Architecture("bigram")
public interface Bigram extends Layer<Bigram.Vocab> {
  Layer<Hidden> embed();

  Transform<Hidden, Vocab> unembed();

  interface Hidden extends Axis {}

  interface Vocab extends Axis {}
}
