package org.nnsight4j.server.dispatch;

import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.BatchKey;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.fault.FaultPoint;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.JobLeases;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.StoreException;
import org.nnsight4j.server.worker.AttemptOutcome;
import org.nnsight4j.server.worker.StopReason;
import org.nnsight4j.server.worker.Worker;
import org.nnsight4j.server.worker.WorkerPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Runs jobs of one model from their claim to their end. */
final class JobRun {
  private static final Logger LOG = LoggerFactory.getLogger(JobRun.class);
  private static final RareLog RARE = RareLog.of(JobRun.class);
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 2000;

  private final JobLeases leases;
  private final JobReads jobs;
  private final RequestCheck check;
  private final WorkerPool workers;
  private final Turns turns;
  private final WorkerRuns runs;
  private final ResultFiles results;
  private final Crashes crashes;
  private final Endings endings;

  JobRun(
      JobLeases leases,
      JobReads jobs,
      RequestCheck check,
      WorkerPool workers,
      Turns turns,
      WorkerRuns runs,
      ResultFiles results,
      Crashes crashes,
      Endings endings) {
    this.crashes = crashes;
    this.endings = endings;
    this.leases = leases;
    this.jobs = jobs;
    this.check = check;
    this.workers = workers;
    this.turns = turns;
    this.runs = runs;
    this.results = results;
  }

  /**
   * Runs attempts until the job has ended.
   *
   * @throws LaterException if it has to run later
   */
  void execute(String id, int priority) {
    new OneJob(id, priority, null, false).run();
  }

  /**
   * Runs a job that has its lease and a turn, as it was accepted.
   *
   * @throws LaterException if it has to run later
   */
  void begin(Lease lease, int priority) {
    try {
      new OneJob(lease.jobId(), priority, lease, true).run();
    } finally {
      endings.look(lease.jobId());
    }
  }

  /**
   * Runs a job when its turn comes; the requests that wait for it need not ask the database.
   *
   * @throws LaterException if it has to run later
   */
  void await(String id, int priority) {
    try {
      new OneJob(id, priority, null, true).run();
    } finally {
      endings.look(id);
    }
  }

  /** The work of one job's thread. */
  private final class OneJob {
    private final String id;
    private final int priority;

    /** Kept while the job waits again, because it could not share a run with the others. */
    private @Nullable Lease lease;

    private boolean alone;

    /** Whether it has a turn, too, and the lease is new. */
    private boolean begun;

    /** Whether the end of this work is told, even if it is not the end of the job. */
    private final boolean here;

    OneJob(String id, int priority, @Nullable Lease lease, boolean here) {
      this.id = id;
      this.here = here;
      this.priority = priority;
      this.lease = lease;
      this.begun = lease != null;
    }

    void run() {
      try {
        boolean again = true;
        while (again) {
          Turns.Seat seat =
              begun
                  ? new Turns.Seat(new Turn(1), 0)
                  : turns.await(priority, this::owner, this::batchKey);
          AttemptOutcome outcome = outcome(seat);
          Lease own = lease;
          again = own != null && isOpen(own, outcome);
        }
      } catch (LaterException e) {
        Lease own = lease;
        if (own != null) {
          giveBack(own, "the job waits for another turn: " + e.getMessage(), false);
        }
        throw e;
      }
    }

    private AttemptOutcome outcome(Turns.Seat seat) {
      Rows.Place row = seat.row();
      if (row != null) {
        return inRow(row);
      }
      return seat.leads() ? lead(seat.turn()) : follow(seat);
    }

    private String owner() {
      Lease held = lease;
      return held != null ? held.owner() : jobs.owner(id).orElse("");
    }

    private Optional<BatchKey> batchKey() {
      return alone ? Optional.empty() : jobs.request(id).flatMap(check::batchKey);
    }

    private AttemptOutcome lead(Turn turn) {
      Rows.Place place = null;
      try {
        Worker worker = worker();
        try {
          Optional<Lease> own = claimed();
          OptionalLong bytes = turn.jobs() == 1 ? joining(own) : OptionalLong.empty();
          if (bytes.isEmpty()) {
            turn.bring(0, own);
            JobRun.this.lead(turn, worker);
          } else {
            place = turns.open(worker, bytes.getAsLong());
          }
        } finally {
          if (place == null) {
            workers.give(worker);
          }
        }
      } finally {
        if (place == null) {
          turn.over("there was no run");
          turns.give();
        }
      }
      return place == null ? turn.outcome(0) : inRow(place);
    }

    /** What a job takes that others may join; empty if it runs alone. */
    private OptionalLong joining(Optional<Lease> own) {
      Optional<BatchKey> key =
          alone || !turns.hasRows()
              ? Optional.empty()
              : own.flatMap(each -> check.batchKey(each.body())).filter(BatchKey::joins);
      return key.isEmpty() ? OptionalLong.empty() : OptionalLong.of(key.get().budget().bytes());
    }

    /** Runs beside other jobs; the last one there gives the worker back. */
    private AttemptOutcome inRow(Rows.Place place) {
      try {
        Lease held = lease;
        // The first job of a worker has its lease already.
        Optional<Lease> own = held != null && !begun ? Optional.of(held) : claimed();
        return own.isEmpty() ? new AttemptOutcome.Apart() : JobRun.this.inRow(own.get(), place);
      } finally {
        if (turns.leave(place)) {
          workers.give(place.worker());
          turns.give();
        }
      }
    }

    private AttemptOutcome follow(Turns.Seat seat) {
      Optional<Lease> own = Optional.empty();
      try {
        own = claimed();
      } finally {
        seat.turn().bring(seat.place(), own);
      }
      return seat.turn().outcome(seat.place());
    }

    /** The lease, unless the job has ended or was cancelled. */
    private Optional<Lease> claimed() {
      Lease held = lease;
      boolean fresh = begun;
      begun = false;
      if (fresh) {
        return Optional.ofNullable(held);
      } else if (held == null) {
        held = leases.claim(id).orElse(null);
        if (held != null && here) {
          endings.here(id);
        }
      } else if (!jobs.cancelled(Set.of(id)).isEmpty()) {
        leases.cancelled(held);
        held = null;
      }
      lease = held;
      return Optional.ofNullable(held);
    }

    /** Handles an outcome; returns true if there may be another attempt. */
    private boolean isOpen(Lease own, AttemptOutcome outcome) {
      if (outcome instanceof AttemptOutcome.Apart) {
        alone = true;
        return true;
      }
      lease = null;
      if (outcome instanceof AttemptOutcome.Done done) {
        publish(own, done);
        return false;
      } else if (outcome instanceof AttemptOutcome.Failed failed) {
        persist(own, () -> leases.fail(own, failed.problem()));
        return false;
      } else if (outcome instanceof AttemptOutcome.Unwritten) {
        giveBack(own, "its result could not be written, the job waits", false);
        throw new LaterException("the result could not be written");
      } else if (outcome instanceof AttemptOutcome.Stopped stopped) {
        stopped(own, stopped.reason());
        return false;
      } else if (outcome instanceof AttemptOutcome.OutOfMemory memory) {
        LOG.warn("job {}: attempt {}: {}", own.jobId(), own.attempt(), memory.how());
        crashes.add(own.owner());
        persist(own, () -> leases.fail(own, Problems.outOfMemory()));
        return false;
      } else if (outcome instanceof AttemptOutcome.Died) {
        crashes.add(own.owner());
      }
      // The job that lost its worker may have been the reason.
      alone = true;
      String how =
          outcome instanceof AttemptOutcome.Died died
              ? died.how()
              : "another job in the same run was ended";
      LOG.warn("job {}: attempt {} lost: {}", own.jobId(), own.attempt(), Shown.line(how));
      giveBack(own, how, outcome instanceof AttemptOutcome.Died);
      return true;
    }
  }

  private Worker worker() {
    try {
      return workers.take();
    } catch (IOException e) {
      RARE.error("a worker cannot be started: {}", Shown.trace(e));
      throw new LaterException("no worker: " + e.getMessage());
    }
  }

  /** Runs the jobs of a turn that have a lease. */
  private void lead(Turn turn, Worker worker) {
    List<Integer> places = new ArrayList<>();
    List<Lease> present = new ArrayList<>();
    List<Optional<Lease>> all = turn.leases();
    for (int place = 0; place < all.size(); place++) {
      if (all.get(place).isEmpty()) {
        // It has ended, so nothing reads this.
        turn.ended(place, new AttemptOutcome.Apart());
        continue;
      }
      Lease lease = all.get(place).get();
      Optional<AttemptOutcome> other = otherCheckpoint(lease, worker);
      if (other.isPresent()) {
        turn.ended(place, other.get());
        continue;
      }
      places.add(place);
      present.add(lease);
    }
    if (present.isEmpty()) {
      return;
    }
    present.forEach(each -> turns.used().begin(each.owner(), each));
    try {
      run(turn, worker, places, present);
    } finally {
      long restart = worker.usable() ? 0 : workers.startNanos();
      present.forEach(each -> turns.used().end(each.owner(), each, 1.0 / present.size(), restart));
    }
  }

  private static Optional<AttemptOutcome> otherCheckpoint(Lease lease, Worker worker) {
    String accepted = lease.modelDigest();
    return accepted == null || accepted.equals(worker.digest())
        ? Optional.empty()
        : Optional.of(
            new AttemptOutcome.Failed(
                Problems.otherCheckpoint(lease.model(), accepted, worker.digest())));
  }

  /** Runs a job beside others, which it pays for in parts. */
  private AttemptOutcome inRow(Lease lease, Rows.Place place) {
    Worker worker = place.worker();
    Optional<AttemptOutcome> other = otherCheckpoint(lease, worker);
    if (other.isPresent()) {
      return other.get();
    }
    turns.used().begin(lease.owner(), lease);
    int before = turns.company(place);
    try (Worker row = worker.row()) {
      return runs.row(lease, row, before);
    } finally {
      long restart = worker.usable() ? 0 : workers.startNanos();
      double share = 2.0 / (before + turns.company(place));
      turns.used().end(lease.owner(), lease, share, restart);
    }
  }

  private void run(Turn turn, Worker worker, List<Integer> places, List<Lease> present) {
    if (present.size() > 1) {
      List<AttemptOutcome> outcomes = runs.together(present, worker);
      for (int i = 1; i < places.size(); i++) {
        turn.ended(places.get(i), outcomes.get(i));
      }
      if (!(outcomes.get(0) instanceof AttemptOutcome.Apart)) {
        turn.ended(places.get(0), outcomes.get(0));
        return;
      }
      refused(present.get(0), turn.jobs(), outcomes);
    }
    turn.ended(places.get(0), runs.alone(present.get(0), worker));
  }

  private void refused(Lease first, int jobs, List<AttemptOutcome> outcomes) {
    if (outcomes.stream().allMatch(AttemptOutcome.Apart.class::isInstance)) {
      check.batchKey(first.body()).ifPresent(likeness -> turns.refuse(likeness.key(), jobs));
    }
  }

  private void publish(Lease lease, AttemptOutcome.Done done) {
    FaultPoint.AFTER_RESULT_WRITTEN.pass();
    Path file = results.forAttempt(lease);
    byte[] body = done.body();
    JobResult result =
        body == null
            ? new JobResult(file.getFileName().toString(), done.bytes(), done.sha256())
            : JobResult.inRow(done.bytes(), done.sha256());
    persist(
        lease,
        () -> {
          Optional<StoredJob> ended = leases.publish(lease, result, body);
          if (ended.isPresent()) {
            endings.ended(ended.get(), body);
          } else {
            LOG.warn("job {}: attempt {} had lost its lease", lease.jobId(), lease.attempt());
            results.delete(file);
          }
        });
  }

  private void giveBack(Lease lease, String reason, boolean counts) {
    persist(lease, () -> leases.giveBack(lease, reason, counts));
  }

  /**
   * Writes the outcome of an attempt. While the database accepts no writes, for example because the
   * disk is full, the attempt is not lost: its outcome is written when that is possible.
   *
   * @throws LaterException if the server goes down before that
   */
  private void persist(Lease lease, Runnable write) {
    long pause = FIRST_PAUSE_MILLIS;
    while (true) {
      try {
        write.run();
        return;
      } catch (StoreException e) {
        RARE.warn(
            "the end of job {} cannot be written yet: {}",
            lease.jobId(),
            Shown.line(String.valueOf(e.getMessage())));
        turns.sleep(pause);
        pause = Math.min(2 * pause, LONGEST_PAUSE_MILLIS);
      }
    }
  }

  private void stopped(Lease lease, StopReason reason) {
    switch (reason) {
      case CANCELLED -> persist(lease, () -> leases.cancelled(lease));
      case TIME_LIMIT ->
          persist(
              lease, () -> leases.fail(lease, Problems.timeLimit(lease.timeLimit().toSeconds())));
      case SHUTDOWN -> {
        giveBack(lease, "the server went down, the job waits", false);
        throw new LaterException("the server goes down");
      }
    }
  }
}
