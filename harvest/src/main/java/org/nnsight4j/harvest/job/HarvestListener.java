package org.nnsight4j.harvest.job;

import java.io.Serializable;

/** Hears of each step of a harvest, on the thread that makes it; other processes get a copy. */
@FunctionalInterface
public interface HarvestListener extends Serializable {
  /** Hears nothing. */
  HarvestListener NONE = (stage, split) -> {};

  /**
   * Called after each step; an exception from here fails the split.
   *
   * @param split the number of the split, or -1 for the harvest
   */
  void at(HarvestStage stage, int split);
}
