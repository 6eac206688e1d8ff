package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface CyclicLayers extends Layer<CyclicLayers.Hidden> {
  Block block();

  Layer<Hidden> good();

  interface Block extends TupleLayer<Hidden> {
    Attention attn();

    Mlp mlp();
  }

  interface Attention extends TupleLayer<Hidden> {
    Layer<Hidden> proj();
  }

  interface Mlp extends Layer<Hidden> {
    Attention attn();

    Block block();
    //    ^ ERROR[CyclicLayers] Block contains itself: Block -> Mlp -> Block;
  }

  interface Hidden extends Axis {}
}

class Use {
  Object good = new CyclicLayersModel().good();
}
