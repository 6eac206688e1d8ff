package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;

/**
 * A run that failed or was interrupted, or whose result does not exist; in the toolkit, the harvest
 * and the tests of models also a wrong argument.
 */
public final class RunException extends Nnsight4jException {
  private static final long serialVersionUID = 1L;

  public RunException(String message) {
    this(message, null);
  }

  public RunException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * @param message without the line, which this constructor adds
   */
  public RunException(Location location, String message) {
    this(location, message, null);
  }

  /**
   * @param message without the line, which this constructor adds
   */
  public RunException(Location location, String message, @Nullable Throwable cause) {
    super(location, message, cause);
  }
}
