package org.nnsight4j.server.execute;

/** A run's view of its job. */
public interface Run {
  /** Tells the watchers how far it is. */
  void progress(long done, long total, String text);

  /**
   * Must be called often, at least between passes.
   *
   * @throws StoppedException if the job was cancelled or is over its time
   */
  void check();

  /** How many bytes its values may take at the same time. */
  default long memory() {
    return Long.MAX_VALUE;
  }
}
