package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.shape.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerCountOnce extends Layer<LayerCountOnce.Hidden> {
  Layer<Hidden> embed(@Index(value = "n_layer", count = 12) int layer);
  //            ^ ERROR[LayerCount] embed is there once in toy.layers.json, so embed(int) has no parameter

  Block h();
  //    ^ ERROR[LayerCount] h has 12 in toy.layers.json, so its method has a parameter: @Index(value = "n_layer", count = 12) int layer

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
