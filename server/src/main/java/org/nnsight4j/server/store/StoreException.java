package org.nnsight4j.server.store;

/** The database could not do what it was asked. */
public final class StoreException extends RuntimeException {
  private static final long serialVersionUID = 1;

  StoreException(String message, Throwable cause) {
    super(message, cause);
  }

  static StoreException ofTransaction(Throwable cause) {
    return new StoreException("the database refused a transaction: " + cause.getMessage(), cause);
  }
}
