package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface UnknownLayer extends Layer<UnknownLayer.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_11") Transform<Hidden, Hidden> ln1();
    //  ^ ERROR[UnknownLayer] h.* has 'ln_11' here, but not in toy.layers.json; did you mean 'ln_1'?

    Transform<Hidden, Inner> fc();

    Site<Hidden> pattern();
    //           ^ ERROR[UnknownLayer] h.* has 'pattern' here, but not in toy.layers.json; remove it
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseUnknownLayer {
  Object good = new UnknownLayerModel().embed();
}
