package org.nnsight4j.attach;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module that is not part of the model. It consists of its own numbers and of operations that a
 * graph can contain, so that it can be sent to a server as data.
 */
public interface Attachment {
  /**
   * Records one call.
   *
   * @param input the value on which the module is called
   * @param points names the inner values that users can read and write
   * @throws org.nnsight4j.error.RecordingException if the input does not fit
   */
  Value<Axis> call(Value<Axis> input, Points points);
}
