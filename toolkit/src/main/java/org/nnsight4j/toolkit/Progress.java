package org.nnsight4j.toolkit;

import java.util.Objects;

/**
 * Listens to long work: {@code analysis.progress((done, all) -> bar.set(done / (double) all))}. An
 * analysis of several phases counts their parts on one scale, which never goes back.
 */
@FunctionalInterface
public interface Progress {
  /** Hears nothing. */
  Progress NONE = (done, all) -> {};

  /**
   * Called on the thread of the analysis, after each part of its work; the last call has {@code
   * done == all}.
   *
   * @param done how many parts are done, from 1
   * @param all how many there are; -1 until the last call where texts come from an iterator
   */
  void at(long done, long all);

  /**
   * The listener itself.
   *
   * @throws NullPointerException if there is none, and says so
   */
  static Progress required(Progress listener) {
    return Objects.requireNonNull(
        listener, "the progress listener is null; Progress.NONE hears nothing");
  }
}
