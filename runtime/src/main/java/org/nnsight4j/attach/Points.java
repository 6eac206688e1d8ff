package org.nnsight4j.attach;

import org.nnsight4j.error.RecordingException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** The inner values of one call of an attached module. */
public interface Points {
  /** Gives a value the name {@code call.site}; what follows must be computed from the result. */
  <A> Value<A> show(String site, Value<A> value);

  /** Numbers of the module's own. */
  <A> Value<A> constant(Tensor tensor);

  /** An error on the user's line, for an attachment that cannot be called so; to be thrown. */
  RecordingException fail(String message);
}
