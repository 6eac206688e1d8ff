import java.util.List;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.TupleLayer;

@Architecture("unnamed")
interface Unnamed extends Layer<Unnamed.Hidden> {
  Block block();

  String string();

  interface Block extends TupleLayer<Hidden> {
    BlockNode inner(@Index("n") int n);
  }

  interface Hidden extends Axis {}
}

interface BlockNode extends TupleLayer<Unnamed.Hidden> {
  Layer<Unnamed.Hidden> leaf();
}

interface String extends TupleLayer<Unnamed.Hidden> {}

interface Scope {}

class Use {
  static List<?> paths() {
    Unnamed model = new UnnamedModel();
    return List.of(
        model.string(), // string
        model.block().inner(7).leaf()); // block.inner.7.leaf
  }
}
