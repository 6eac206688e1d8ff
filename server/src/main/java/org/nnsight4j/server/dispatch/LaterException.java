package org.nnsight4j.server.dispatch;

/** The job is to be run later, by whoever has time then. */
final class LaterException extends RuntimeException {
  private static final long serialVersionUID = 1;

  LaterException(String message) {
    super(message);
  }
}
