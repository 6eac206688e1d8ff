package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("broken.layers.json")
//      ^ ERROR[BadSnapshot] broken.layers.json is no snapshot: expected a value in line 1, column 32, found '}'; let
public interface BadSnapshot extends Layer<BadSnapshot.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseBadSnapshot {
  Object good = new BadSnapshotModel().embed();
}
