package org.nnsight4j.server.worker;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.job.JobProgress;

/** Runs in the process of the server: less to start, and a native crash ends the server. */
final class LocalWorker implements Worker {
  private final JobExecutor executor;
  private final String digest;
  private final Room room;
  private final boolean row;
  private final Stoppable stoppable = new Stoppable();
  private final AtomicReference<@Nullable StopReason> stop = new AtomicReference<>();

  private LocalWorker(JobExecutor executor, String digest, Room room, boolean row) {
    this.row = row;
    this.executor = executor;
    this.digest = digest;
    this.room = room;
  }

  static LocalWorker open(ModelSpec spec, Room room) {
    ExecutorKind kind = ExecutorKind.named(spec.kind());
    String digest = kind.digest(spec);
    return new LocalWorker(kind.open(spec), digest, room, false);
  }

  @Override
  public Worker row() {
    return new LocalWorker(executor, digest, room, true);
  }

  @Override
  public AttemptOutcome run(byte[] request, Path result, Consumer<JobProgress> progress) {
    Attempt.Execution execution = row ? executor::executeRow : executor::execute;
    AttemptOutcome outcome =
        stoppable.run(
            () -> Attempt.run(execution, request, result, progress, stoppable::isAsked, room));
    StopReason reason = stop.getAndSet(null);
    return outcome instanceof AttemptOutcome.Stopped && reason != null
        ? new AttemptOutcome.Stopped(reason)
        : outcome;
  }

  @Override
  public List<AttemptOutcome> runTogether(List<byte[]> requests, List<Path> results) {
    List<AttemptOutcome> outcomes =
        stoppable.run(() -> Attempt.runTogether(executor, requests, results, room));
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
    if (!row) {
      executor.close();
    }
  }
}
