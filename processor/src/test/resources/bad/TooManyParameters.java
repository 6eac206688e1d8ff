package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface TooManyParameters extends Layer<TooManyParameters.Hidden> {
  Layer<Hidden> expert(@Index("n_layer") int layer, @Index("n_expert") int expert);
  //                                                                       ^ ERROR[TooManyParameters] expert(int, int) has 2 parameters;

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new TooManyParametersModel().good();
}
