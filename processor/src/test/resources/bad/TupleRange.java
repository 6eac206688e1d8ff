package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface TupleRange extends TupleLayer<TupleRange.Hidden> {
  interface Hidden extends Axis {}
}

class UseTuple {
  Object good = new TupleRangeModel().output(0);
  Object next = new TupleRangeModel().output(1);
  //                                         ^ ERROR[TupleRange] output(1) does not exist: the tuple of TupleRangeModel has one element; the first is output(0)

  Object last(TupleLayer<TupleRange.Hidden> layer) {
    return layer.output(-1);
    //                  ^ ERROR[TupleRange] output(-1) does not exist: the tuple of TupleLayer has one element; the first is output(0)
  }
}
