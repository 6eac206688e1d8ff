package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerCountOnce extends Layer<LayerCountOnce.Hidden> {
  Layer<Hidden> embed(@Index(value = "n_layer", count = 12) int layer);
  //            ^ ERROR[LayerCount] embed is there once in toy.layers.json, 12 times here; its method has no parameter

  Block h();
  //    ^ ERROR[LayerCount] h.* is there 12 times in toy.layers.json, once here; give its method a parameter: @Index(value = "n_layer", count = 12) int layer

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerCountOnce {
  Object good = new LayerCountOnceModel().embed(0);
}
