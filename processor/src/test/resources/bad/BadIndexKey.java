package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface BadIndexKey extends Layer<BadIndexKey.Hidden> {
  Layer<Hidden> h(@Index("") int layer);
  //                     ^ ERROR[BadIndexKey] expected a key of config.json, such as @Index("n_layer"), found ""

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new BadIndexKeyModel().good();
}
