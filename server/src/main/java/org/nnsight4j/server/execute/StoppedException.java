package org.nnsight4j.server.execute;

/** The run was asked to end. */
public final class StoppedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public StoppedException() {
    super("the run was asked to end");
  }
}
