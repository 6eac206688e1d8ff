package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface CountNotPinned extends Layer<CountNotPinned.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);
  //                                        ^ ERROR[CountNotPinned] count = 12 is a promise that only a snapshot keeps: add @Pinned to CountNotPinned, or

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseCountNotPinned {
  Object good = new CountNotPinnedModel().embed();
}
