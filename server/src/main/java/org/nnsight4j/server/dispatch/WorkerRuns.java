package org.nnsight4j.server.dispatch;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.nnsight4j.server.fault.FaultPoint;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.worker.AttemptOutcome;
import org.nnsight4j.server.worker.StopReason;
import org.nnsight4j.server.worker.Worker;

/** Runs attempts on a worker: one job's, or several jobs' at once. */
final class WorkerRuns {
  private final RunningJobs running;
  private final ResultFiles results;
  private final EventHub events;
  private final Measures measures;

  WorkerRuns(RunningJobs running, ResultFiles results, EventHub events, Measures measures) {
    this.running = running;
    this.results = results;
    this.events = events;
    this.measures = measures;
  }

  /**
   * Runs a job beside others.
   *
   * @param jobs how many there are at that worker
   */
  AttemptOutcome row(Lease lease, Worker row, int jobs) {
    measures.batched(lease.model(), jobs);
    return alone(lease, row);
  }

  AttemptOutcome alone(Lease lease, Worker worker) {
    Path file = results.forAttempt(lease);
    long start = System.nanoTime();
    measures.waited(lease.model(), lease.waited());
    OneStop stop = new OneStop(worker);
    running.begin(lease, stop::stop);
    AttemptOutcome outcome;
    try {
      FaultPoint.WHILE_RUNNING.pass();
      outcome =
          worker.run(lease.body(), file, progress -> events.progress(lease.jobId(), progress));
    } finally {
      stop.over();
      running.end(lease);
    }
    return ended(lease, outcome, start);
  }

  private AttemptOutcome ended(Lease lease, AttemptOutcome outcome, long start) {
    boolean ran =
        !(outcome instanceof AttemptOutcome.Apart)
            && !(outcome instanceof AttemptOutcome.Disturbed);
    if (ran) {
      measures.ran(lease.model(), outcome, Duration.ofNanos(System.nanoTime() - start));
    }
    if (!(outcome instanceof AttemptOutcome.Done)) {
      results.deleteAttempt(lease);
    }
    return outcome;
  }

  /** Runs jobs at once, and returns how each ended. */
  List<AttemptOutcome> together(List<Lease> leases, Worker worker) {
    long start = System.nanoTime();
    Stops stops = new Stops(leases.size(), worker);
    leases.forEach(lease -> measures.waited(lease.model(), lease.waited()));
    for (int place = 0; place < leases.size(); place++) {
      int own = place;
      running.begin(leases.get(place), reason -> stops.stop(own, reason));
    }
    List<AttemptOutcome> outcomes;
    try {
      FaultPoint.WHILE_RUNNING.pass();
      outcomes =
          worker.runTogether(
              leases.stream().map(Lease::body).toList(),
              leases.stream().map(results::forAttempt).toList());
    } finally {
      stops.over();
      leases.forEach(running::end);
    }
    List<AttemptOutcome> seen = new ArrayList<>();
    int shared = 0;
    for (int place = 0; place < leases.size(); place++) {
      AttemptOutcome outcome = stops.seen(place, outcomes.get(place));
      seen.add(ended(leases.get(place), outcome, start));
      shared += outcome instanceof AttemptOutcome.Done ? 1 : 0;
    }
    if (shared > 1) {
      measures.shared(leases.get(0).model(), shared);
    }
    return seen;
  }

  /** Stops one run, but not the one that the worker starts after it. */
  private static final class OneStop {
    private final Worker worker;
    private boolean over;

    OneStop(Worker worker) {
      this.worker = worker;
    }

    synchronized void stop(StopReason reason) {
      if (!over) {
        worker.stop(reason);
      }
    }

    synchronized void over() {
      over = true;
    }
  }

  /**
   * Which of the jobs that run at once has to stop. If the run does not end soon, it ends for all.
   */
  private static final class Stops {
    private static final Duration GRACE = Duration.ofSeconds(2);

    private final AtomicReferenceArray<StopReason> reasons;
    private final Worker worker;
    private boolean over;
    private boolean stopped;

    Stops(int jobs, Worker worker) {
      this.reasons = new AtomicReferenceArray<>(jobs);
      this.worker = worker;
    }

    void stop(int place, StopReason reason) {
      if (reasons.compareAndSet(place, null, reason)) {
        var unused =
            CompletableFuture.runAsync(
                this::stopAll,
                CompletableFuture.delayedExecutor(GRACE.toMillis(), TimeUnit.MILLISECONDS));
      }
    }

    private synchronized void stopAll() {
      if (!over) {
        stopped = true;
        worker.stop(StopReason.CANCELLED);
      }
    }

    synchronized void over() {
      over = true;
    }

    /** The outcome of one job, which loses no attempt because another one ended. */
    synchronized AttemptOutcome seen(int place, AttemptOutcome outcome) {
      StopReason reason = reasons.get(place);
      if (reason != null) {
        return new AttemptOutcome.Stopped(reason);
      }
      return stopped && outcome instanceof AttemptOutcome.Died
          ? new AttemptOutcome.Disturbed()
          : outcome;
    }
  }
}
