package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.shape.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerWidth extends Layer<LayerWidth.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Inner, Hidden> ln1();
    //                                   ^ ERROR[LayerWidth] ln1() takes Inner (32), but hidden (8) in toy.layers.json

    Transform<Hidden, Hiden> fc();
    //                       ^ ERROR[LayerWidth] fc() gives Hiden, but inner (32) in toy.layers.json

    interface Hiden extends Axis {}
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerWidth {
  Object good = new LayerWidthModel().embed();
}
