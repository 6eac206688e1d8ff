package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface NotALayerNested extends Layer<NotALayerNested.Hidden> {
  Mlp mlp();

  Block block(@Index("n_layer") int layer);

  Layer<Hidden> good();

  interface Block extends TupleLayer<Hidden> {
    Mlp mlp();
  }

  interface Mlp {
  // column 3: ERROR[NotALayer] Mlp extends no kind of layer
    Layer<Hidden> act();
  }

  interface Hidden extends Axis {}
}

class Use {
  Object good = new NotALayerNestedModel().good();
}
