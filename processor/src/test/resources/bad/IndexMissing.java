package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface IndexMissing extends Layer<IndexMissing.Hidden> {
  Layer<Hidden> h(int layer);
  //                  ^ ERROR[IndexMissing] nothing says how many there are of 'h'; write @Index("n_layer") int layer, with the key

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new IndexMissingModel().good();
}
