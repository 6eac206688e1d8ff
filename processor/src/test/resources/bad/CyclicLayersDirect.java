package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface CyclicLayersDirect extends Layer<CyclicLayersDirect.Hidden> {
  CyclicLayersDirect again();
  //                 ^ ERROR[CyclicLayers] CyclicLayersDirect contains itself: CyclicLayersDirect -> CyclicLayersDirect;

  Block block(@Index("n_layer") int layer);

  Layer<Hidden> good();

  interface Block extends TupleLayer<Hidden> {
    Block inner();
    //    ^ ERROR[CyclicLayers] Block contains itself: Block -> Block;
  }

  interface Hidden extends Axis {}
}

class Use {
  Object good = new CyclicLayersDirectModel().good();
}
