package org.nnsight4j.toolkit;

/** Listens to long work: {@code analysis.progress((done, all) -> bar.set(done / (double) all))}. */
@FunctionalInterface
public interface Progress {
  /** Hears nothing. */
  Progress NONE = (done, all) -> {};

  /**
   * Called on the thread of the analysis, after each part of its work.
   *
   * @param done how many parts are done
   * @param all how many there are
   */
  void at(long done, long all);
}
