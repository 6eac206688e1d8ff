package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("bert")
public interface ReservedName extends Layer<ReservedName.Hidden> {
  Block block();

  Layer<Hidden> good();

  Layer<Hidden> bind();
  //            ^ ERROR[ReservedName] 'bind' is what every model gives; name this one otherwise and keep its place with @At("bind")

  Layer<Hidden> apply(@Index("n_layer") int layer);
  //            ^ ERROR[ReservedName] 'apply' is what every layer gives;

  interface Block extends TupleLayer<Hidden> {
    @At("dense.out") Layer<Hidden> output();
    //                             ^ ERROR[ReservedName] 'output' is what every layer gives; name this one otherwise and keep its place with @At("dense.out")

    void input(String name);
    //   ^ ERROR[ReservedName] 'input' is what every layer gives;
  }

  interface Hidden extends Axis {}
}

class Use {
  Object good = new ReservedNameModel().good();
  Object block = new ReservedNameModel().block();
}
