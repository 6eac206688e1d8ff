package good;

import java.util.List;
import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("inherited")
public interface Inherited extends Base, Stack<Base.Block> {
  @Override
  Special block();

  @Override
  @At("norm")
  Layer<Hidden> ln();

  @Override
  default Layer<Hidden> alias() {
    return block().first();
  }

  static String version() {
    return "1";
  }

  private int size() {
    return 1;
  }

  interface Special extends Block {
    Layer<Hidden> second();
  }
}

interface Base extends Layer<Base.Hidden> {
  Block block();

  Layer<Hidden> ln();

  Layer<Hidden> alias();

  interface Block extends Layer<Hidden> {
    Layer<Hidden> first();
  }

  interface Hidden extends Axis {}
}

interface Stack<B extends Layer<Base.Hidden>> {
  B h(@Index("n_layer") int layer);
}

@Architecture("inherited-small")
interface InheritedSmall extends Inherited {}

class Use {
  static List<?> paths() {
    Inherited model = new InheritedModel();
    InheritedSmall small = new InheritedSmallModel();
    return List.of(
        model.block().second(), // block.second
        model.alias(), // block.first
        model.ln(), // norm
        model.h(2).first(), // h.2.first
        small, // inherited-small
        small.block().first(), // block.first
        small.h(0)); // h.0
  }
}
