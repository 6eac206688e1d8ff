package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface ReservedNameOfTheGeneratedClass extends Layer<ReservedNameOfTheGeneratedClass.Hidden> {
  Layer<Hidden> good();

  Block block();

  interface Block extends TupleLayer<Hidden> {
    Layer<Hidden> child(String name);
    //            ^ ERROR[ReservedName] 'child' is a method of the generated class;

    @Override
    default org.nnsight4j.values.Value<Hidden> input() {
    //                                         ^ ERROR[ReservedName] 'input' is a method of the generated class, which would win;
      return output(0);
    }

    Layer<Hidden> item(@Index("n_layer") int layer);

    default Object clone() {
    //             ^ ERROR[ReservedName] 'clone' is a method of every Java object;
      return this;
    }
  }

  interface Hidden extends Axis {}
}

class Use {
  Object good = new ReservedNameOfTheGeneratedClassModel().good();
}
