package org.nnsight4j.server.dispatch;

import java.time.Duration;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.StoreException;
import org.nnsight4j.server.worker.StopReason;

/** The jobs that run in this process, which may have to be stopped. */
final class RunningJobs implements AutoCloseable {
  private record Run(String jobId, String model, Consumer<StopReason> stop, long deadlineNanos) {}

  private static final RareLog LOG = RareLog.of(RunningJobs.class);
  private static final Duration TICK = Duration.ofMillis(50);
  private static final Duration LOOK_FOR_CANCELLED = Duration.ofSeconds(1);

  /** By the token of the lease: one job may also have an attempt that has lost its lease. */
  private final Map<String, Run> runs = new ConcurrentHashMap<>();

  private final JobReads jobs;
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "time-limits");
            thread.setDaemon(true);
            return thread;
          });

  RunningJobs(JobReads jobs) {
    this.jobs = jobs;
    every(TICK, this::stopOverdue);
    // Signals are faster; this catches lost ones.
    every(LOOK_FOR_CANCELLED, this::stopCancelled);
  }

  private void every(Duration period, Runnable task) {
    long millis = period.toMillis();
    clock.scheduleWithFixedDelay(task, millis, millis, TimeUnit.MILLISECONDS);
  }

  /** Registers a running job, which can be asked to stop. */
  void begin(Lease lease, Consumer<StopReason> stop) {
    runs.put(
        lease.token(),
        new Run(
            lease.jobId(), lease.model(), stop, System.nanoTime() + lease.timeLimit().toNanos()));
  }

  void end(Lease lease) {
    runs.remove(lease.token());
  }

  int count() {
    return runs.size();
  }

  void cancel(String id) {
    runs.values().stream()
        .filter(run -> run.jobId.equals(id))
        .forEach(run -> run.stop.accept(StopReason.CANCELLED));
  }

  void stopAll() {
    runs.values().forEach(run -> run.stop.accept(StopReason.SHUTDOWN));
  }

  /** Returns the running jobs of a model to the queue. */
  void stopAll(String model) {
    runs.values().stream()
        .filter(run -> run.model.equals(model))
        .forEach(run -> run.stop.accept(StopReason.SHUTDOWN));
  }

  private void stopOverdue() {
    long now = System.nanoTime();
    for (Run run : runs.values()) {
      if (now - run.deadlineNanos > 0) {
        run.stop.accept(StopReason.TIME_LIMIT);
      }
    }
  }

  private void stopCancelled() {
    try {
      if (!runs.isEmpty()) {
        Set<String> ids = runs.values().stream().map(Run::jobId).collect(Collectors.toSet());
        jobs.cancelled(ids).forEach(this::cancel);
      }
    } catch (StoreException e) {
      LOG.warn("could not look for cancelled jobs: {}", Shown.line(String.valueOf(e.getMessage())));
    }
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
