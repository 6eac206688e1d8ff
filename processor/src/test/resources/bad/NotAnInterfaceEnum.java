package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
enum NotAnInterfaceEnum {
// column 1: ERROR[NotAnInterface] NotAnInterfaceEnum is the enum;
  ONE
}

class Use {
  Object model = new NotAnInterfaceEnumModel();
}
