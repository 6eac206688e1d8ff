package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface TwoDescriptorsOneMistake extends Layer<TwoDescriptorsOneMistake.Hidden> {
  Layer<Hidden> h(int layer);
  //                  ^ ERROR[IndexMissing] nothing says how many there are of 'h'

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

@Architecture("toy-small")
interface Small extends TwoDescriptorsOneMistake {}

class Use {
  Object good = new SmallModel().good();
}
