package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;

/** A run that failed, was interrupted, or whose result is not there. */
public final class RunException extends Nnsight4jException {
  private static final long serialVersionUID = 1L;

  public RunException(String message) {
    this(message, null);
  }

  public RunException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * @param message without the line, which is added
   */
  public RunException(Location location, String message) {
    this(location, message, null);
  }

  /**
   * @param message without the line, which is added
   */
  public RunException(Location location, String message, @Nullable Throwable cause) {
    super(location, message, cause);
  }
}
