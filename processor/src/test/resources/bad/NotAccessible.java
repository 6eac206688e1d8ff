package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

class NotAccessible {
  @Architecture("toy")
  private interface Toy extends Layer<Hidden> {
  //      ^ ERROR[NotAccessible] NotAccessible.Toy is out of reach of the generated class in package bad; make it package-private or public
    Layer<Hidden> wte();
  }

  interface Hidden extends Axis {}

  Object model = new NotAccessible_ToyModel();
}
