package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerCount extends Layer<LayerCount.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 24) int layer);
  //                                        ^ ERROR[LayerCount] h.* is there 12 times in toy.layers.json, 24 times here; write count = 12

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerCount {
  Object good = new LayerCountModel().embed();
}
