package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;

/**
 * A model directory cannot be used: a file is missing, damaged, or does not fit the architecture.
 */
public final class CheckpointException extends Nnsight4jException {
  private static final long serialVersionUID = 1L;

  public CheckpointException(String message) {
    this(message, null);
  }

  public CheckpointException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
