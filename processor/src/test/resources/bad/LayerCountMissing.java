package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerCountMissing extends Layer<LayerCountMissing.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index("n_layer") int layer);
  //      ^ ERROR[LayerCount] h.* is there 12 times in toy.layers.json, uncounted here; write @Index(value = "n_layer", count = 12), in

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerCountMissing {
  Object good = new LayerCountMissingModel().embed();
}
