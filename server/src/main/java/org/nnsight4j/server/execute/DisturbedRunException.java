package org.nnsight4j.server.execute;

/** What the run shared with others has failed for all of them: it has to run again, alone. */
public final class DisturbedRunException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public DisturbedRunException(Throwable cause) {
    super("what several runs shared has failed", cause);
  }
}
