package org.nnsight4j.internal.run;

import org.nnsight4j.tensor.Tensor;

/** What is around a run: the earlier runs of its session, and somebody who watches it. */
public interface Surroundings {
  /** No session, nobody who watches. */
  Surroundings NONE = new Surroundings() {};

  /** The numbers of a save node of an earlier run of the same session. */
  default Tensor earlier(int run, int save) {
    throw new IllegalStateException("this run belongs to no session");
  }

  /**
   * A forward pass is about to happen; what is thrown here ends the run.
   *
   * @param pass how many happened before
   * @param most how many there can be
   */
  default void passing(int pass, int most) {}
}
