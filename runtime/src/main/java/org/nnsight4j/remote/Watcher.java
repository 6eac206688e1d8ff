package org.nnsight4j.remote;

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
}
