package org.nnsight4j.server.job;

import java.util.EnumSet;
import java.util.Set;

/** The state of a job. Terminal states are written once and never change. */
public enum JobState {
  /** On disk, waiting for its turn in the queue of its user. */
  RECEIVED,
  /** Released to the workers of its model. */
  APPROVED,
  /** A worker holds its lease. */
  RUNNING,
  COMPLETED,
  ERROR,
  CANCELLED;

  public boolean terminal() {
    return next().isEmpty();
  }

  /** The states that may follow; each move is one compare-and-set in the store. */
  public Set<JobState> next() {
    return switch (this) {
      case RECEIVED -> EnumSet.of(APPROVED, ERROR, CANCELLED);
      case APPROVED -> EnumSet.of(RUNNING, ERROR, CANCELLED);
      // Back to APPROVED if the worker died, to RUNNING if the whole server did.
      case RUNNING -> EnumSet.of(APPROVED, RUNNING, COMPLETED, ERROR, CANCELLED);
      case COMPLETED, ERROR, CANCELLED -> EnumSet.noneOf(JobState.class);
    };
  }
}
