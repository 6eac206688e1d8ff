package org.nnsight4j.engine;

/**
 * The calling thread's engine state for one run or pass: gradient mode belongs to threads, and a
 * run must leave its caller's as it was. The script optimiser, which also belongs to threads, stays
 * off: it only slows the first calls of a script, and the caller's own scripts are as correct
 * without it.
 */
public final class ThreadMode implements AutoCloseable {
  private final boolean gradModeBefore;

  private ThreadMode(boolean gradModeBefore) {
    this.gradModeBefore = gradModeBefore;
  }

  public static ThreadMode enter(boolean gradients) {
    return new ThreadMode(TorchEngine.enterThread(gradients));
  }

  @Override
  public void close() {
    TorchEngine.leaveThread(gradModeBefore);
  }
}
