package good;

import java.util.List;
import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Deprecated
@Architecture("outdated")
public interface Outdated extends Layer<Outdated.Hidden>, OutdatedPicks<Layer<Outdated.Wide>> {
  @Deprecated
  Layer<Hidden> old();

  @Deprecated(forRemoval = true)
  Block block(@Index("n") int layer);

  @Deprecated
  interface Block extends TupleLayer<Hidden> {
    Layer<Wide> wide();
  }

  @Deprecated(forRemoval = true)
  interface Wide extends Axis {}

  interface Hidden extends Axis {}
}

interface OutdatedPicks<T> {
  T pick();
}

@SuppressWarnings({"deprecation", "removal"})
class Use {
  static List<?> paths() {
    return List.of(
        new OutdatedModel().old(), // old
        new OutdatedModel().pick(), // pick
        new OutdatedModel().block(1).wide()); // block.1.wide
  }
}
