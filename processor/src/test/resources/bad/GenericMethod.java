package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface GenericMethod extends Layer<GenericMethod.Hidden> {
  <W extends Axis> Layer<W> any();
  // column 4: ERROR[GenericMethod] any() has the type parameter W, but a layer has one width;

  <V> V pick(V first, String... more);
  // column 4: ERROR[GenericMethod] pick(V, String[]) has the type parameter V

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new GenericMethodModel().good();
}
