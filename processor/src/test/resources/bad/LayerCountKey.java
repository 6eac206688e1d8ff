package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerCountKey extends Layer<LayerCountKey.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layers", count = 12) int layer);
  //                                         ^ ERROR[LayerCount] 'n_layers' does not count h in toy.layers.json; there is {n_layer=12}

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerCountKey {
  Object good = new LayerCountKeyModel().embed();
}
