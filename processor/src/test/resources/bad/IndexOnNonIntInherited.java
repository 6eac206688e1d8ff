package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface IndexOnNonIntInherited
    extends Layer<IndexOnNonIntInherited.Hidden>, Picks<String, Integer> {
  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

interface Picks<T, N> {
  Layer<IndexOnNonIntInherited.Hidden> pick(T which);
  //                                          ^ ERROR[IndexOnNonInt] 'which' is of type T; a layer is chosen by an int

  N number();
  //^ ERROR[WrongReturnType] number() returns the class Integer; expected a layer or a site
}

class Use {
  Object good = new IndexOnNonIntInheritedModel().good();
}
