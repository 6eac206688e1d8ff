package org.nnsight4j.error;

import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;

/**
 * Anything that nnsight4j refuses or cannot finish; the subclasses say at which stage.
 *
 * <p>Messages quote files, prompts and requests, with control characters escaped. If the error
 * belongs to a line of the user's code, the message ends with that line, and {@link #location()}
 * returns it.
 */
public abstract class Nnsight4jException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final @Nullable Location location;

  protected Nnsight4jException(String message, @Nullable Throwable cause) {
    this(null, message, cause);
  }

  /**
   * @param message without the line, which this constructor adds
   */
  protected Nnsight4jException(
      @Nullable Location location, String message, @Nullable Throwable cause) {
    super(
        Shown.text(location == null ? message : message + " (at " + location.line() + ")"), cause);
    this.location = location;
  }

  /**
   * The line of the user's code, the node of the graph and the module, as far as they are known.
   */
  public Optional<Location> location() {
    return Optional.ofNullable(location);
  }
}
