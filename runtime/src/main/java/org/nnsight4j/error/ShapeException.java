package org.nnsight4j.error;

/** Shapes or data types that do not fit; the recorder and the runner add the place. */
public final class ShapeException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public ShapeException(String message) {
    super(message);
  }
}
