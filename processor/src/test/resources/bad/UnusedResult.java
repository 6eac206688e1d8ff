package bad;

import org.nnsight4j.tensor.Axis; import org.nnsight4j.values.Value;

interface UnusedResult {
  interface Hidden extends Axis {}
}

class UseResults {
  void alone(Value<UnusedResult.Hidden> hidden) {
    hidden.mul(0);
    // column 5: WARNING[UnusedResult] the result of mul is dropped: values do not change in place; write it back with hidden.set(hidden.mul(0)), or save() it
  }

  void again(Value<UnusedResult.Hidden> hidden, Value<UnusedResult.Hidden> other) {
    hidden.set(other);
    hidden = hidden.add(other);
    // column 5: WARNING[UnusedResult] the result of add is dropped: values do not change in place; write it back with hidden.set(hidden.add(other)), or save() it
  }

  Object good(Value<UnusedResult.Hidden> hidden) {
    hidden = hidden.mul(2);
    for (int i = 0; i < 3; i++) {
      hidden.set(hidden);
      hidden = hidden.add(1);
    }
    hidden.save();
    return hidden;
  }
}
