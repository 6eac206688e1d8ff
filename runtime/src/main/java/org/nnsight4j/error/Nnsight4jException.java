package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;

/** Anything that nnsight4j refuses or cannot finish; the subclasses say at which stage. */
public abstract class Nnsight4jException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  protected Nnsight4jException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
