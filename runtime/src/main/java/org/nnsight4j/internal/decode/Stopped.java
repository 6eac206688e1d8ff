package org.nnsight4j.internal.decode;

/** Ends a run early from inside the model; what was generated so far is kept. Not an error. */
public final class Stopped extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public Stopped() {
    super("the run was stopped", null, false, false);
  }
}
