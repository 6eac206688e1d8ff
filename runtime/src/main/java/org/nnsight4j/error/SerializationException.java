package org.nnsight4j.error;

import org.jspecify.annotations.Nullable;

/** A graph that cannot be written, or text that is not a graph of a known version. */
public final class SerializationException extends Nnsight4jException {
  private static final long serialVersionUID = 1L;

  public SerializationException(String message) {
    this(message, null);
  }

  public SerializationException(String message, @Nullable Throwable cause) {
    super(message, cause);
  }
}
