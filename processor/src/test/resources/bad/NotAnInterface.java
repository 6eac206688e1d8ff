package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public abstract class NotAnInterface implements Layer<NotAnInterface.Hidden> {
//              ^ ERROR[NotAnInterface] NotAnInterface is the class; a descriptor only states layers

  interface Hidden extends Axis {}
}

class Use {
  Object model = new NotAnInterfaceModel();
}
