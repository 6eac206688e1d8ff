package bad;

import org.nnsight4j.tensor.Axis; import org.nnsight4j.tensor.Tensor; import org.nnsight4j.values.Value;

interface BadIndex {
  interface Hidden extends Axis {}
}

class UseIndex {
  static final String LAST = "0, last";

  Object letter(Value<BadIndex.Hidden> hidden) {
    return hidden.get(LAST);
    //                ^ ERROR[BadIndex] "0, last" is no index: 'last' is neither a number nor a range; as in NDArray, write numbers, ranges such as 1:3, and ..., separated by commas
  }

  Object dots(Tensor saved) {
    return saved.get("..., 1, " + "...");
    //               ^ ERROR[BadIndex] "..., 1, ..." is no index: it has more than one ...
  }

  Object good(Value<BadIndex.Hidden> hidden, Tensor saved, String index) {
    return hidden.get("0, :, 2:5, ..., -1").get(index).get("None, ::2").add(saved.get("1").item());
  }
}
