package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface DuplicatePath extends Layer<DuplicatePath.Hidden>, Common {
  Layer<Hidden> ln();

  @At("ln") Layer<Hidden> norm();
  //  ^ ERROR[DuplicatePath] ln() and norm() are both at 'ln'; every layer has one method

  @At("embed") Layer<Hidden> again();
  //  ^ ERROR[DuplicatePath] embed() and again() are both at 'embed'

  Layer<Hidden> h();

  Layer<Hidden> h(@Index("n_layer") int layer);
  //            ^ ERROR[DuplicatePath] h() and h(int) are both at 'h'

  Mlp mlp();

  @At("mlp.act.gelu") Layer<Hidden> gelu();
  //  ^ ERROR[DuplicatePath] mlp().act().curve() and gelu() are both at 'mlp.act.gelu'

  @At("mlp.act.other") Layer<Hidden> other();

  @At("b") Layer<Hidden> b(@Index("n_layer") int layer);

  @At("b.last") Layer<Hidden> b();

  Layer<Hidden> good();

  interface Mlp extends Layer<Hidden> {
    Act act();
  }

  interface Act extends Layer<Hidden> {
    @At("gelu") Layer<Hidden> curve();
  }

  interface Hidden extends Axis {}
}

interface Common {
  Layer<DuplicatePath.Hidden> embed();
}

class Use {
  Object good = new DuplicatePathModel().good();
}
