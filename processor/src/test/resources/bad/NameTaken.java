package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface NameTaken extends Layer<NameTaken.Hidden> {
//     ^ ERROR[NameTaken] NameTakenModel cannot be written, since another class of that name exists already
  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class NameTakenModel {}
