package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.values.Value; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface UnknownMember extends Layer<UnknownMember.Hidden> {
  Layer<Hidden> first();

  interface Hidden extends Axis {}
}

class UseUnknown {
  Object misspelt = new UnknownMemberModel().frist();
  //                                        ^ ERROR[] cannot find symbol
  //                                        ^ NOTE[UnknownMember] did you mean 'first'? UnknownMemberModel has apply, bind, first, input, output

  Object far(UnknownMember model) {
    return model.somethingElse();
    //          ^ ERROR[] cannot find symbol
    //          ^ NOTE[UnknownMember] UnknownMember has apply, first, input, output
  }

  Object ofAValue(Value<UnknownMember.Hidden> value) {
    return value.softmx(1);
    //          ^ ERROR[] cannot find symbol
    //          ^ NOTE[UnknownMember] did you mean 'softmax'?
  }
}
