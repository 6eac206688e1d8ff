package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface IndexRange extends Layer<IndexRange.Hidden> {
  Layer<Hidden> embed();

  Block h(@Index(value = "n_layer", count = 12) int layer);

  interface Block extends TupleLayer<Hidden> {
    @At("ln_1") Transform<Hidden, Hidden> ln1();

    Transform<Hidden, Inner> fc();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}
}

class UseIndices {
  static final int COUNT = 12;

  Object past = new IndexRangeModel().h(12);
  //                                    ^ ERROR[IndexRange] h(12) does not exist: IndexRangeModel has 12 (n_layer), so 0 to 11, or -1 to -12 from the end
  Runnable later = () -> new IndexRangeModel().h(-COUNT - 1);
  //                                                    ^ ERROR[IndexRange] h(-13) does not exist

  Object unknown(IndexRange model, int layer) {
    return model.h(layer);
  }
}
