package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface IndexOnNonInt extends Layer<IndexOnNonInt.Hidden> {
  Layer<Hidden> h(@Index("n_layer") long layer);
  //                                     ^ ERROR[IndexOnNonInt] 'layer' is of type long; a layer is chosen by an int, so write @Index("n_layer") int layer

  Layer<Hidden> named(String name);
  //                         ^ ERROR[IndexOnNonInt] 'name' is of type String;

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new IndexOnNonIntModel().good();
}
