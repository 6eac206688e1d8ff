package org.nnsight4j.server.execute;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.NewTokens;

/** A run's view of its job. */
public interface Run {
  /** Tells the watchers how far it is. */
  default void progress(long done, long total, String text) {
    progress(done, total, text, null);
  }

  /**
   * Tells the watchers how far it is.
   *
   * @param tokens what it has generated so far, if that is to be told
   */
  void progress(long done, long total, String text, @Nullable NewTokens tokens);

  /**
   * Must be called often, at least between passes.
   *
   * @throws StoppedException if the job was cancelled or is over its time
   */
  void check();

  /** How many bytes a result may have that is given to {@link #result} instead of a file. */
  default int inlineBytes() {
    return 0;
  }

  /** Takes a small result; nothing is written to the file then. */
  default void result(byte[] bytes) {
    throw new IllegalStateException("expected a result in its file");
  }

  /** How many bytes its values may take at the same time. */
  default long memory() {
    return Long.MAX_VALUE;
  }
}
