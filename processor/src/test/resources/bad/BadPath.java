package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface BadPath extends Layer<BadPath.Hidden> {
  @At("") Layer<Hidden> empty();
  //  ^ ERROR[BadPath] "" is empty; expected one name or a dotted path, such as "ln_1" or "mlp.c_fc"

  @At("ln 1") Layer<Hidden> space();
  //  ^ ERROR[BadPath] "ln 1" has a space in it;

  @At(".mlp") Layer<Hidden> leading();
  //  ^ ERROR[BadPath] ".mlp" starts with a dot;

  @At(value = "mlp.") Layer<Hidden> trailing();
  //          ^ ERROR[BadPath] "mlp." ends with a dot;

  @At(PATH) Layer<Hidden> twice();
  //  ^ ERROR[BadPath] "mlp..c_fc" has two dots in a row; expected one name or a dotted path, such as "ln_1" or "mlp.c_fc". Did you mean "mlp.c_fc"?

  Layer<Hidden> good();

  String PATH = "mlp..c_fc";

  interface Hidden extends Axis {}
}

class Use {
  Object good = new BadPathModel().good();
}
