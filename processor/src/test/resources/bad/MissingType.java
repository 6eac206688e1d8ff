package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

// javac objects as well
@Architecture("toy")
public interface MissingType extends Layer<MissingType.Hidden> {
  Layer<Hiden> wte();
  //    ^ ERROR[] cannot find symbol
  //           ^ WARNING[MissingType] Hiden is not there, and no annotation processor wrote it; MissingTypeModel is incomplete without it. Did you mean Hidden?

  interface Hidden extends Axis {}
}

class Use {
  Object model = new MissingTypeModel();
}
