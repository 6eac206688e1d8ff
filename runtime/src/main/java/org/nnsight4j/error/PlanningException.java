package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;

/** A recorded graph or an input that this model cannot run. */
public final class PlanningException extends Nnsight4jException {
  private static final long serialVersionUID = 1L;

  public PlanningException(String message) {
    this(message, null);
  }

  public PlanningException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }

  /**
   * @param message without the line, which this constructor adds
   */
  public PlanningException(Location location, String message) {
    this(location, message, null);
  }

  /**
   * @param message without the line, which this constructor adds
   */
  public PlanningException(Location location, String message, @Nullable Throwable cause) {
    super(location, message, cause);
  }
}
