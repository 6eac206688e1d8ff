package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("../toy.layers.json")
//      ^ ERROR[BadSnapshot] ../toy.layers.json is no snapshot: expected the name of a file, such as "gpt2.layers.json"; let
public interface BadSnapshotName extends Layer<BadSnapshotName.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseBadSnapshotName {
  Object good = new BadSnapshotNameModel().embed();
}
