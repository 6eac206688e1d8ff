package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface GenericDescriptor<H extends Axis> extends Layer<H> {
//                                 ^ ERROR[GenericDescriptor] GenericDescriptor has the type parameter H, but
  Layer<H> wte();
}

class Use {
  Object model = new GenericDescriptorModel();
}
