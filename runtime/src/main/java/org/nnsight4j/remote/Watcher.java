package org.nnsight4j.remote;

import java.time.Duration;

/** Is told what happens to a job. */
public interface Watcher {
  /** Ignores everything. */
  Watcher SILENT = new Watcher() {};

  /** The job has a new status. */
  default void status(String jobId, JobStatus status, String text) {}

  /** The run has progressed to {@code done} of {@code total}. */
  default void progress(String jobId, long done, long total, String text) {}

  /** This many bytes of the result have arrived. */
  default void download(String jobId, long bytes, long total) {}

  /**
   * The server cannot be reached, or says that it is busy: the request is sent again after a pause.
   */
  default void waiting(String why, Duration pause) {}
}
