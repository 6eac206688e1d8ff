package org.nnsight4j.server.dispatch;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import org.nnsight4j.server.fault.FaultPoint;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.JobLeases;
import org.nnsight4j.server.worker.Outcome;
import org.nnsight4j.server.worker.StopReason;
import org.nnsight4j.server.worker.Worker;
import org.nnsight4j.server.worker.WorkerPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs a job of one model from its claim to its end. */
final class JobRun {
  /** The job is to be run later, by whoever has time then. */
  static final class LaterException extends RuntimeException {
    private static final long serialVersionUID = 1;

    LaterException(String message) {
      super(message);
    }
  }

  private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);

  private final JobLeases leases;
  private final WorkerPool workers;
  private final RunningJobs running;
  private final ResultFiles results;
  private final EventHub events;
  private final Measures measures;

  JobRun(
      JobLeases leases,
      WorkerPool workers,
      RunningJobs running,
      ResultFiles results,
      EventHub events,
      Measures measures) {
    this.leases = leases;
    this.workers = workers;
    this.running = running;
    this.results = results;
    this.events = events;
    this.measures = measures;
  }

  /**
   * Runs attempts until the job has ended.
   *
   * @throws LaterException if it has not
   */
  void execute(String id) {
    boolean again = true;
    while (again) {
      Worker worker = worker();
      try {
        Optional<Lease> lease = leases.claim(id);
        again = lease.isPresent() && attempt(lease.get(), worker);
      } finally {
        workers.give(worker);
      }
    }
  }

  private Worker worker() {
    try {
      return workers.take();
    } catch (IOException e) {
      LOG.error("a worker cannot be started", e);
      throw new LaterException("no worker: " + e.getMessage());
    }
  }

  /** Gives true if there may be another attempt. */
  private boolean attempt(Lease lease, Worker worker) {
    Path file = results.forAttempt(lease);
    long start = System.nanoTime();
    running.begin(lease, worker);
    Outcome outcome;
    try {
      FaultPoint.WHILE_RUNNING.pass();
      outcome =
          worker.run(lease.body(), file, progress -> events.progress(lease.jobId(), progress));
    } finally {
      running.end(lease);
    }
    measures.ran(lease.model(), outcome, Duration.ofNanos(System.nanoTime() - start));
    if (!(outcome instanceof Outcome.Done)) {
      results.delete(file);
    }
    if (outcome instanceof Outcome.Done done) {
      publish(lease, file, done);
      return false;
    } else if (outcome instanceof Outcome.Failed failed) {
      leases.fail(lease, failed.problem());
      return false;
    } else if (outcome instanceof Outcome.Stopped stopped) {
      stopped(lease, stopped.reason());
      return false;
    }
    String how = ((Outcome.Died) outcome).how();
    LOG.warn("job {}: attempt {} lost: {}", lease.jobId(), lease.attempt(), how);
    leases.giveBack(lease, how, true);
    return true;
  }

  private void publish(Lease lease, Path file, Outcome.Done done) {
    FaultPoint.AFTER_RESULT_WRITTEN.pass();
    String name = file.getFileName().toString();
    if (!leases.publish(lease, new JobResult(name, done.bytes(), done.sha256()))) {
      LOG.warn("job {}: attempt {} had lost its lease", lease.jobId(), lease.attempt());
      results.delete(file);
    }
  }

  private void stopped(Lease lease, StopReason reason) {
    switch (reason) {
      case CANCELLED -> leases.cancelled(lease);
      case TIME_LIMIT -> leases.fail(lease, Problems.timeLimit(lease.timeLimit().toSeconds()));
      case SHUTDOWN -> {
        leases.giveBack(lease, "the server went down, the job waits", false);
        throw new LaterException("the server goes down");
      }
    }
  }
}
