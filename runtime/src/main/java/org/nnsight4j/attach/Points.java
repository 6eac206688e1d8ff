package org.nnsight4j.attach;

import org.nnsight4j.error.RecordingException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** The inner values of one call of an attached module. */
public interface Points {
  /**
   * Gives a value the name {@code call.site}. Compute later values from the result, so that writes
   * take effect.
   */
  <A> Value<A> show(String site, Value<A> value);

  /** A constant of the module. */
  <A> Value<A> constant(Tensor tensor);

  /**
   * An error with the user's line, for the attachment to throw if it cannot be called in this way.
   */
  RecordingException fail(String message);
}
