package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface GenericDescriptorNested extends Layer<GenericDescriptorNested.Hidden> {
  Block<Hidden> first();

  Block<Hidden> second();

  Layer<Hidden> good();

  interface Block<H extends Axis> extends TupleLayer<H> {
  //              ^ ERROR[GenericDescriptor] Block has the type parameter H
    Layer<H> ln();
  }

  interface Hidden extends Axis {}
}

class Use {
  Object good = new GenericDescriptorNestedModel().good();
}
