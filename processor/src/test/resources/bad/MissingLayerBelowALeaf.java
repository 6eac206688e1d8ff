package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface MissingLayerBelowALeaf extends Layer<MissingLayerBelowALeaf.Hidden> {
  Layer<Hidden> embed();

  TupleLayer<Hidden> h(@Index(value = "n_layer", count = 12) int layer);
  //                 ^ ERROR[MissingLayer] h.* has ln_1 (LayerNorm), fc (Linear) in toy.layers.json, but not here

  interface Block extends TupleLayer<Hidden> {
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseMissingLayerBelowALeaf {
  Object good = new MissingLayerBelowALeafModel().embed();
}
