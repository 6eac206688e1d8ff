package org.nnsight4j.remote;

import java.time.Duration;
import java.util.List;

/** Is told what happens to a job. */
public interface Watcher {
  /** Ignores everything. */
  Watcher SILENT = new Watcher() {};

  /** The job has a new status. */
  default void status(String jobId, JobStatus status, String text) {}

  /** The run has progressed to {@code done} of {@code total}. */
  default void progress(String jobId, long done, long total, String text) {}

  /**
   * The new tokens so far of the run that is under way.
   *
   * @param run which run of a session; 0 if there is one
   * @param newIds of each sequence, all that were chosen up to now; an event may be lost
   */
  default void tokens(String jobId, int run, List<long[]> newIds) {}

  /** This many bytes of the result have arrived. */
  default void download(String jobId, long bytes, long total) {}

  /**
   * The server cannot be reached, or says that it is busy: the request is sent again after a pause.
   */
  default void waiting(String why, Duration pause) {}

  /** Both hear everything, this one first. */
  default Watcher and(Watcher other) {
    Watcher first = this;
    return new Watcher() {
      @Override
      public void status(String jobId, JobStatus status, String text) {
        first.status(jobId, status, text);
        other.status(jobId, status, text);
      }

      @Override
      public void progress(String jobId, long done, long total, String text) {
        first.progress(jobId, done, total, text);
        other.progress(jobId, done, total, text);
      }

      @Override
      public void tokens(String jobId, int run, List<long[]> newIds) {
        first.tokens(jobId, run, newIds);
        other.tokens(jobId, run, newIds);
      }

      @Override
      public void download(String jobId, long bytes, long total) {
        first.download(jobId, bytes, total);
        other.download(jobId, bytes, total);
      }

      @Override
      public void waiting(String why, Duration pause) {
        first.waiting(why, pause);
        other.waiting(why, pause);
      }
    };
  }
}
