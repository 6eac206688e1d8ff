package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("absent.layers.json")
//      ^ ERROR[SnapshotMissing] there is no absent.layers.json in package bad; 'nnsight4j describe --snapshot' writes it, for src/main/resources/bad/absent.layers.json
public interface SnapshotMissing extends Layer<SnapshotMissing.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseSnapshotMissing {
  Object good = new SnapshotMissingModel().embed();
}
