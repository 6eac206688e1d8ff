package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public record NotAnInterfaceRecord(int layers) {}
//     ^ ERROR[NotAnInterface] NotAnInterfaceRecord is the record;

class Use {
  Object model = new NotAnInterfaceRecordModel();
}
