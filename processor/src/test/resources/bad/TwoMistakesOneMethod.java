package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface TwoMistakesOneMethod extends Layer<TwoMistakesOneMethod.Hidden> {
  @At("h.") void h(int layer);
  //  ^ ERROR[BadPath] "h." ends with a dot
  //             ^ ERROR[WrongReturnType] h(int) returns void
  //                   ^ ERROR[IndexMissing] nothing says

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new TwoMistakesOneMethodModel().good();
}
