package toy;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Pinned;
import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@Pinned("toy.layers.json")
public interface Toy extends Layer<Toy.Hidden> {
  Layer<Hidden> h(@Index(value = "n_layer", count = 24) int layer);

  interface Hidden extends Axis {}
}
