package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.shape.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface MissingLayerBelowALeaf extends Layer<MissingLayerBelowALeaf.Hidden> {
  Layer<Hidden> embed();

  Layer<Hidden> h(@Index(value = "n_layer", count = 12) int layer);
  //            ^ ERROR[MissingLayer] h(int) has no method for ln_1 (LayerNorm), fc (Linear), which h.* has

  interface Block extends TupleLayer<Hidden> {
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseMissingLayerBelowALeaf {
  Object good = new MissingLayerBelowALeafModel().embed();
}
