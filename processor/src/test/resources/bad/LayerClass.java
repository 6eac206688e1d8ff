package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface LayerClass extends Layer<LayerClass.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @HuggingFace("RMSNorm") @At("ln_1") Transform<Hidden, Hidden> ln1();
    //                                                            ^ ERROR[LayerClass] h.*.ln_1 is LayerNorm in toy.layers.json, RMSNorm here; say so with @HuggingFace

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseLayerClass {
  Object good = new LayerClassModel().embed();
}
