package org.nnsight4j.internal.run;

/**
 * A pass that a run shared with others failed, and not for a reason of one of them alone: the run
 * has to happen again, alone.
 */
public final class DisturbedException extends RuntimeException {
  private static final long serialVersionUID = 1;

  DisturbedException(Throwable cause) {
    super("a pass that several runs shared has failed: " + cause.getMessage(), cause);
  }
}
