package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerShape extends Layer<LayerShape.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    @Shape("[batch, inner]") Transform<Hidden, Inner> fc();
    //                                                ^ ERROR[LayerShape] h.*.fc gives [batch, position, inner] in toy.layers.json, [batch, inner] here; say so with @Shape
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerShape {
  Object good = new LayerShapeModel().embed();
}
