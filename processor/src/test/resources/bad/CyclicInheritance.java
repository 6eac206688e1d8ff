package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

// javac objects as well
@Architecture("toy")
// column 1: ERROR[] annotation
public interface CyclicInheritance extends Layer<CyclicInheritance.Hidden>, CyclicInheritance.Part {
//     ^ ERROR[] cyclic inheritance involving bad.CyclicInheritance
  interface Part {}

  interface Hidden extends Axis {}
}
