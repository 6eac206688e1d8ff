package org.nnsight4j.server.dispatch;

/** The job has to run later, on whichever server is free then. */
final class LaterException extends RuntimeException {
  private static final long serialVersionUID = 1;

  LaterException(String message) {
    super(message);
  }
}
