package org.nnsight4j.attach;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A module that is no part of the model, made of operations of the closed list and numbers of its
 * own, so that it can be sent to a server as data.
 */
public interface Attachment {
  /**
   * Records one call.
   *
   * @param input what the module is called on
   * @param points names the inner values that users can read and write
   * @throws org.nnsight4j.error.RecordingException if the input does not fit
   */
  Value<Axis> call(Value<Axis> input, Points points);
}
