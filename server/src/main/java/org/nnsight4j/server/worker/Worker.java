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
   * Runs requests that are alike at once and waits for their end; each is done, apart, or died with
   * the worker.
   */
  List<AttemptOutcome> runTogether(List<byte[]> requests, List<Path> results);

  /** Asks the run that is under way to end; a run that does not listen is killed. */
  void stop(StopReason reason);

  /** Of the checkpoint that it has loaded. */
  String digest();

  /** Looks at what a run takes; one that takes too much is ended. To be called often. */
  default void watch() {}

  /** Whether it can run anything more. */
  boolean usable();

  @Override
  void close();
}
