package org.nnsight4j.processor.snapshot;

/** A file that is not a snapshot; the reason says where and why. */
public final class BadSnapshotException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  BadSnapshotException(String reason) {
    super(reason);
    this.reason = reason;
  }

  public String reason() {
    return reason;
  }
}
