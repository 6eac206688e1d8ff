package org.nnsight4j.remote;

import java.time.Duration;

/** Hears what happens to a job. */
public interface Watcher {
  /** Hears nothing. */
  Watcher SILENT = new Watcher() {};

  /** The job has another status. */
  default void status(String jobId, JobStatus status, String text) {}

  /** The run is so far. */
  default void progress(String jobId, long done, long total, String text) {}

  /** So much of the result is here. */
  default void download(String jobId, long bytes, long total) {}

  /**
   * The server is away, or says that it has too much to do: what was asked is asked again after a
   * pause.
   */
  default void waiting(String why, Duration pause) {}
}
