package bad;

import org.nnsight4j.arch.Layer; import org.nnsight4j.arch.TupleLayer; import org.nnsight4j.tensor.Axis; import org.nnsight4j.tensor.Tensor; import org.nnsight4j.values.Value;

interface OtherForm extends TupleLayer<OtherForm.Hidden> {
  interface Hidden extends Axis {}
}

class UseForms {
  Object block(OtherForm block) {
    return block.output();
    //          ^ ERROR[] method output in interface org.nnsight4j.arch.TupleLayer<A> cannot be applied to given types
    //          ^ NOTE[OtherForm] OtherForm returns a tuple, so output takes an index: output(0) is its first element
  }

  Object part(Value<OtherForm.Hidden> hidden) {
    return hidden.get(0, -1);
    //           ^ ERROR[] method get in class org.nnsight4j.values.Value
    //           ^ NOTE[OtherForm] get takes an index as text, or typed: get("0, -1")
  }

  Object sum(Value<OtherForm.Hidden> hidden, Tensor direction) {
    return hidden.add(direction);
    //           ^ ERROR[] no suitable method found for add(org.nnsight4j.tensor.Tensor)
    //           ^ NOTE[OtherForm] add takes a value; constant(...) makes one of a tensor: add(hidden.constant(direction))
  }

  Object layer(Layer<OtherForm.Hidden> layer) {
    return layer.output(0);
    //          ^ ERROR[] method output in interface org.nnsight4j.arch.Site<A> cannot be applied to given types
    //          ^ NOTE[OtherForm] Layer returns one value and no tuple, so output takes no index: output()
  }

  boolean large(Value<OtherForm.Hidden> hidden) {
    return hidden > 3;
    //            ^ ERROR[] bad operand types for binary operator '>'
    //            ^ NOTE[OtherForm] a value has no number before the run, so Java cannot compare it: hidden.gt(3) is recorded, and cond(...) branches on it
  }

  Object good(OtherForm block, Value<OtherForm.Hidden> hidden, Tensor direction) {
    return block.output(0).add(hidden.get("0, -1")).add(hidden.constant(direction));
  }
}
