package org.nnsight4j.server.worker;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.problem.Problem;

/** How one attempt ended. */
public sealed interface AttemptOutcome {
  /**
   * There is a result.
   *
   * @param body the result itself if it is small; null if it is in its file, on disk
   */
  @SuppressWarnings("ArrayRecordComponent") // The array is read once.
  record Done(long bytes, String sha256, byte @Nullable [] body) implements AttemptOutcome {}

  /** The request failed, and would fail again. */
  record Failed(Problem problem) implements AttemptOutcome {}

  /**
   * Its result could not be written, for example because the disk is full: it has to run again
   * later.
   */
  record Unwritten() implements AttemptOutcome {}

  /** It was asked to stop, and did or was killed. */
  record Stopped(StopReason reason) implements AttemptOutcome {}

  /** It did not run, because it cannot share a run with the others: it has to run alone. */
  record Apart() implements AttemptOutcome {}

  /** The run that it shared was ended because of another job in it. */
  record Disturbed() implements AttemptOutcome {}

  /**
   * The worker process had no memory left for the run, or was ended before that; another attempt
   * would do the same to the next worker.
   */
  record OutOfMemory(String how) implements AttemptOutcome {}

  /** The worker process ended by itself. */
  record Died(String how) implements AttemptOutcome {}
}
