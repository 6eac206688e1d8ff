package good;

import java.util.List;
import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

public class Enclosed<T> {
  static class Inner {
    protected interface Toy extends Layer<Hidden> {
      Block block();
    }

    @Architecture("toy")
    protected interface Left extends Toy {}

    interface Block extends TupleLayer<Hidden> {
      Layer<Hidden> left();
    }
  }

  @Architecture("right")
  public interface Right extends Layer<Hidden> {
    Block block();

    interface Block extends TupleLayer<Hidden> {
      Layer<Hidden> right();
    }
  }

  public interface Hidden extends Axis {}
}

class Use {
  static List<?> paths() {
    return List.of(
        new Enclosed_Inner_LeftModel(), // toy
        new Enclosed_Inner_LeftModel().block().left(), // block.left
        new Enclosed_RightModel().block().right()); // block.right
  }
}
