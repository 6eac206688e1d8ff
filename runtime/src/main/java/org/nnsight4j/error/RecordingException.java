package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;

/** A call that cannot be recorded; the message ends with the user's line. */
public final class RecordingException extends Nnsight4jException {
  private static final long serialVersionUID = 1L;

  public RecordingException(String message) {
    this(message, null);
  }

  public RecordingException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * @param message without the line, which this constructor adds
   */
  public RecordingException(Location location, String message) {
    this(location, message, null);
  }

  /**
   * @param message without the line, which this constructor adds
   */
  public RecordingException(Location location, String message, @Nullable Throwable cause) {
    super(location, message, cause);
  }
}
