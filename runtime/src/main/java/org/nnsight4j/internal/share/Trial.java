package org.nnsight4j.internal.share;

/** Runs trial passes. */
public interface Trial {
  /** How long the runs take one after another, in nanoseconds. */
  long alone(RunShape shape);

  /** How long they take in one pass. */
  long together(RunShape shape, int parts);

  /**
   * Whether each run has the same bits in one pass as alone, at all sites, with other numbers each
   * time.
   */
  boolean keepsBits(RunShape shape, int parts);
}
