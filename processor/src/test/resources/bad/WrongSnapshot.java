package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("other")
@Pinned("toy.layers.json")
//      ^ ERROR[WrongSnapshot] the architecture is 'toy' in toy.layers.json, 'other' here; pin
public interface WrongSnapshot extends Layer<WrongSnapshot.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseWrongSnapshot {
  Object good = new WrongSnapshotModel().embed();
}
