package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface HiddenType extends Layer<HiddenType.Hidden> {
  Layer<Hidden> good();

  @At("scope")
  Scope scopes();

  interface Scope extends TupleLayer<Hidden> {}

  interface Hidden extends Axis {}
}

class org {}
// column 1: ERROR[HiddenType] HiddenTypeModel cannot name org.nnsight4j.arch.Scope: HiddenType.Scope has its simple name, and org hides the package org; rename one of them

class Use {
  Object good = new HiddenTypeModel();
}
