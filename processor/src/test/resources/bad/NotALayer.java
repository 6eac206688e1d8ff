package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface NotALayer {
//     ^ ERROR[NotALayer] NotALayer extends no kind of layer; let it extend Layer<Width>, Transform<In, Out> or TupleLayer<Width>
  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new NotALayerModel().good();
}
