package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface MissingLayer extends Layer<MissingLayer.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
  // column 3: ERROR[MissingLayer] h.* has ln_1 (LayerNorm), fc (Linear) in toy.layers.json, but not here; add a method for each
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseMissingLayer {
  Object good = new MissingLayerModel().embed();
}
