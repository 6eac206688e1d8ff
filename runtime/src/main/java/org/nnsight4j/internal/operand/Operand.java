package org.nnsight4j.internal.operand;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.tensor.Tensor;

/** The implementation side of a user's value: the recording that its operations go to. */
public interface Operand {
  /**
   * Records an operation of the closed list.
   *
   * @param args its arguments in order, values among them
   * @return the value of the result
   */
  Object record(String op, Object... args);

  /**
   * Numbers from outside as a value of the run to which an operation on this value would belong.
   */
  Object constantBeside(Tensor tensor);

  /** Its numbers, if they are here; null for what a run computes. */
  default @Nullable Tensor numbers() {
    return null;
  }

  /** An error on the user's line; the recording does not run after it. */
  RecordingException fail(String message);

  /** Describes this value in messages: a site or an operation. */
  String describe();
}
