package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture(" ")
//            ^ ERROR[BlankArchitecture] expected the model_type of config.json, such as @Architecture("gpt2"), found " "
public interface BlankArchitecture extends Layer<BlankArchitecture.Hidden> {
  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new BlankArchitectureModel().good();
}
