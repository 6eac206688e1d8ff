package org.nnsight4j.server.worker;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.nnsight4j.server.job.JobProgress;

/** Runs one attempt at a time. */
public interface Worker extends AutoCloseable {
  /** Runs a request and waits for its end. */
  AttemptOutcome run(byte[] request, Path result, Consumer<JobProgress> progress);

  /**
   * Runs requests that are alike at once and waits for their end; each is done, has to run apart,
   * or died with the worker.
   */
  List<AttemptOutcome> runTogether(List<byte[]> requests, List<Path> results);

  /**
   * This worker for one more run, beside those of its other rows. While there is one, it can be
   * used in no other way; closing it ends the row alone.
   */
  Worker row();

  /** Asks the current run to end; a run that does not respond is killed. */
  void stop(StopReason reason);

  /** The digest of the checkpoint that it has loaded. */
  String digest();

  /** Checks the memory of a run; a run that takes too much is ended. Must be called often. */
  default void watch() {}

  /** Whether it can run anything else. */
  boolean usable();

  @Override
  void close();
}
