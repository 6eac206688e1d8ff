package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface NotALayerRaw extends Layer<NotALayerRaw.Hidden> {
  Block block();

  Layer<Hidden> good();

  @SuppressWarnings("rawtypes")
  interface Block extends TupleLayer {}
  // column 3: ERROR[NotALayer] Block extends TupleLayer without a plain width; let it extend TupleLayer<Width>, where

  interface Hidden extends Axis {}
}

class Use {
  Object good = new NotALayerRawModel().good();
}
