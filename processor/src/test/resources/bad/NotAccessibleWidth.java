package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

class NotAccessibleWidth {
  @Architecture("toy")
  interface Toy extends Layer<Hidden> {
    Layer<Secret> faulty();

    Block block();

    Layer<Hidden> good();
  }

  private interface Block extends TupleLayer<Hidden> {}
  //      ^ ERROR[NotAccessible] NotAccessibleWidth.Block is out of reach

  private interface Secret extends Axis {}
  //      ^ ERROR[NotAccessible] NotAccessibleWidth.Secret is out of reach

  interface Hidden extends Axis {}

  Object model = new NotAccessibleWidth_ToyModel();
}
