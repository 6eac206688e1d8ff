package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

// javac objects as well
@Architecture("toy")
public interface ReservedNameOverridden extends Layer<ReservedNameOverridden.Hidden> {
  Layer<Hidden> output();
  //            ^ ERROR[ReservedName] 'output' is what every layer gives;

  Layer<Hidden> notify();
  //            ^ ERROR[ReservedName] 'notify' is a method of every Java object;

  Layer<Hidden> clone();
  //            ^ ERROR[ReservedName] 'clone' is a method of every Java object;

  interface Hidden extends Axis {}
}

class Use {
  Object model = new ReservedNameOverriddenModel();
}
