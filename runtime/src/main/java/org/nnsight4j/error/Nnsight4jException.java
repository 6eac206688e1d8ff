package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;

/**
 * Anything that nnsight4j refuses or cannot finish; the subclasses say at which stage.
 *
 * <p>Messages name what is in files, prompts and requests; control characters of these are escaped.
 */
public abstract class Nnsight4jException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  protected Nnsight4jException(String message, @Nullable Throwable cause) {
    super(Shown.text(message), cause);
  }
}
