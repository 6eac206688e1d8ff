package org.nnsight4j.internal.operand;

import org.nnsight4j.error.RecordingException;

/** What stands behind a value of the user's: the recording that its operations go to. */
public interface Operand {
  /**
   * Records an operation of the closed list.
   *
   * @param args its arguments in order, values among them
   * @return the value of the result
   */
  Object record(String op, Object... args);

  /** An error on the user's line; the recording does not run after it. */
  RecordingException fail(String message);

  /** What this is, for messages: a site or an operation. */
  String describe();
}
