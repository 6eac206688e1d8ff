package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;

/** Options that are out of range or contradict each other. */
public final class OptionsException extends Nnsight4jException {
  private static final long serialVersionUID = 1L;

  public OptionsException(String message) {
    this(message, null);
  }

  public OptionsException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
