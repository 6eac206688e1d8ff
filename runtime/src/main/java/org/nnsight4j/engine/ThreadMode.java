package org.nnsight4j.engine;

/**
 * The calling thread's engine state for one run: gradient mode and the script optimiser belong to
 * threads, and a run must leave its caller's as they were.
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
