package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

// javac objects as well
@Architecture("toy")
public interface NotALayerSeveral extends Layer<NotALayerSeveral.Hidden> {
  Block block();

  Layer<Hidden> good();

  interface Block extends Layer<Hidden>, TupleLayer<Hidden> {}
  // column 3: ERROR[NotALayer] Block extends Layer and TupleLayer; let it extend one of them

  interface Hidden extends Axis {}
}

class Use {
  Object good = new NotALayerSeveralModel().good();
}
