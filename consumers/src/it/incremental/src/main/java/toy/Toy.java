package toy;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface Toy extends Layer<Toy.Hidden> {
  Layer<Hidden> first();

  interface Hidden extends Axis {}
}
