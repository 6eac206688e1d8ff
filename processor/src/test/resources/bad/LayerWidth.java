package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerWidth extends Layer<LayerWidth.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Inner, Hidden> ln1();
    //                                   ^ ERROR[LayerWidth] h.*.ln_1 takes hidden (8) in toy.layers.json, inner (32) here; name the axis likewise

    Transform<Hidden, Hiden> fc();
    //                       ^ ERROR[LayerWidth] h.*.fc gives inner (32) in toy.layers.json, hiden here; name the axis likewise

    interface Hiden extends Axis {}
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerWidth {
  Object good = new LayerWidthModel().embed();
}
