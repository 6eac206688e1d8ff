package org.nnsight4j.internal.sweep;

/** What a sweep does at a place. */
public enum SweepAction {
  /** Puts there what the other run has. */
  PATCH,
  /** Puts 0 there. */
  ZERO,
  /** Puts there the mean over all prompts and positions of the run itself. */
  MEAN,
  /** Puts a vector there. */
  REPLACE,
  /** Adds a vector. */
  ADD;

  /** Whether it uses a vector from outside. */
  public boolean usesVector() {
    return this == REPLACE || this == ADD;
  }
}
