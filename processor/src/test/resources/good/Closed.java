package good;

import java.util.List;
import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

/** Its own model may implement it. */
@Architecture("closed")
public sealed interface Closed extends Layer<Closed.Hidden>, Words permits ClosedModel {
  int path = 3;

  Layer<Hidden> first();

  Inner inner();

  non-sealed interface Inner extends Outer {}

  sealed interface Outer extends TupleLayer<Hidden> permits Inner {
    Layer<Hidden> leaf();
  }

  interface Hidden extends Axis {}
}

/** What it says, for javac to mistake. */
interface Words {
  Object scope = "a constant that the generated class inherits";
  String org = "org";
  String Scope = "a variable hides a type where either could stand";
}

class Use {
  static List<?> paths() {
    return List.of(
        new ClosedModel().first(), // first
        new ClosedModel().inner().leaf()); // inner.leaf
  }
}
