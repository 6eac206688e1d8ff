package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerTuple extends Layer<LayerTuple.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);
  //    ^ ERROR[LayerTuple] h.* gives a tuple of 1 in toy.layers.json, a tensor here; a tuple is a TupleLayer

  interface Block extends Transform<Hidden, Hidden> {
    @At("ln_1") TupleLayer<Hidden> ln1();
    //                             ^ ERROR[LayerTuple] h.*.ln_1 gives a tensor in toy.layers.json, a tuple of 1 here; a tuple is a TupleLayer

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerTuple {
  Object good = new LayerTupleModel().embed();
}
