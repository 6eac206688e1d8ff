package org.nnsight4j.server.worker;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.job.Progress;

/** Runs in the process of the server: less to start, and a native crash ends the server. */
final class LocalWorker implements Worker {
  private final JobExecutor executor;
  private final AtomicReference<@Nullable StopReason> stop = new AtomicReference<>();

  LocalWorker(JobExecutor executor) {
    this.executor = executor;
  }

  @Override
  public Outcome run(byte[] request, Path result, Consumer<Progress> progress) {
    stop.set(null);
    Outcome outcome = Attempt.run(executor, request, result, progress, () -> stop.get() != null);
    StopReason reason = stop.get();
    return outcome instanceof Outcome.Stopped && reason != null
        ? new Outcome.Stopped(reason)
        : outcome;
  }

  @Override
  public List<Outcome> runTogether(List<byte[]> requests, List<Path> results) {
    return Attempt.runTogether(executor, requests, results);
  }

  @Override
  public void kill() {
    // It has no process of its own.
  }

  @Override
  public void stop(StopReason reason) {
    stop.compareAndSet(null, reason);
  }

  @Override
  public boolean usable() {
    return true;
  }

  @Override
  public void close() {
    executor.close();
  }
}
