package org.nnsight4j.server.worker;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.job.Progress;

/** Runs in the process of the server: less to start, and a native crash ends the server. */
final class LocalWorker implements Worker {
  private final JobExecutor executor;
  private final String digest;
  private final long memory;
  private final Stoppable stoppable = new Stoppable();
  private final AtomicReference<@Nullable StopReason> stop = new AtomicReference<>();

  private LocalWorker(JobExecutor executor, String digest, long memory) {
    this.executor = executor;
    this.digest = digest;
    this.memory = memory;
  }

  static LocalWorker open(ModelSpec spec, long memory) {
    ExecutorKind kind = ExecutorKind.named(spec.kind());
    String digest = kind.digest(spec);
    return new LocalWorker(kind.open(spec), digest, memory);
  }

  @Override
  public Outcome run(byte[] request, Path result, Consumer<Progress> progress) {
    Outcome outcome =
        stoppable.run(
            () -> Attempt.run(executor, request, result, progress, stoppable::isAsked, memory));
    StopReason reason = stop.getAndSet(null);
    return outcome instanceof Outcome.Stopped && reason != null
        ? new Outcome.Stopped(reason)
        : outcome;
  }

  @Override
  public List<Outcome> runTogether(List<byte[]> requests, List<Path> results) {
    List<Outcome> outcomes =
        stoppable.run(() -> Attempt.runTogether(executor, requests, results, memory));
    stop.set(null);
    return outcomes;
  }

  @Override
  public void stop(StopReason reason) {
    stop.compareAndSet(null, reason);
    stoppable.ask();
  }

  @Override
  public String digest() {
    return digest;
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
