package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.values.Value; import org.nnsight4j.tensor.Axis;

interface WrongWidth {
  interface Hidden extends Axis {}

  interface Vocab extends Axis {}
}

class UseWidths {
  Object sum(Value<WrongWidth.Hidden> hidden, Value<WrongWidth.Vocab> logits) {
    return hidden.add(logits);
    //           ^ ERROR[] no suitable method found for add(org.nnsight4j.values.Value<bad.WrongWidth.Vocab>)
    //                ^ NOTE[WrongWidth] add needs a value of the width WrongWidth.Hidden, this one has WrongWidth.Vocab; where both have one length, as(WrongWidth.Hidden.class) says so, and is checked when recorded
  }

  Object wayOut(Value<WrongWidth.Hidden> hidden, Value<WrongWidth.Vocab> logits) {
    return hidden.add(logits.as(WrongWidth.Hidden.class)).add(hidden).mul(0.5);
  }
}
