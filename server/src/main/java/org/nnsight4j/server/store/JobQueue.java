package org.nnsight4j.server.store;

import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.fault.FaultPoint;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.job.NewJob;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.problem.Problems;

/** What users do with jobs: send, cancel and delete them. */
public final class JobQueue {
  /**
   * An accepted job.
   *
   * @param created false if the same request was accepted before
   * @param lease the lease for its first attempt, if it was to start at once and may; null
   *     otherwise
   */
  public record Accepted(StoredJob job, boolean created, @Nullable Lease lease) {}

  /** How a job is accepted. */
  public enum Start {
    /** Its turn comes. */
    LATER,
    /** A worker is waiting for it. */
    AT_ONCE
  }

  /**
   * @param waitingPerUser how many unfinished jobs one user may have
   * @param window how many of one user's jobs for a model are with the workers at a time
   * @param keepFor how long a finished job and its result are kept
   */
  public record Rules(int waitingPerUser, int window, Duration keepFor) {}

  private static final int AT_ONCE = 500;

  private final Database database;
  private final Release release;
  private final OwnTasks tasks;
  private final Acceptance acceptance;
  private final Rules rules;
  private final Clock clock;

  public JobQueue(Database database, Rules rules, Clock clock) {
    this(database, rules, clock, null);
  }

  /**
   * @param server the name of this server, if jobs may start in it at once
   */
  public JobQueue(Database database, Rules rules, Clock clock, @Nullable String server) {
    this.database = database;
    this.rules = rules;
    this.clock = clock;
    this.tasks = new OwnTasks(database, server);
    this.release = new Release(database, tasks, rules.window());
    this.acceptance = new Acceptance(database, release, tasks, rules, clock);
  }

  /**
   * Lets this process run jobs that it releases, without its schedulers.
   *
   * @param models for which models it takes them
   * @param taker gets them when they are committed
   */
  public void takeReleased(Predicate<String> models, Consumer<Handed> taker) {
    database.onHanded(taker);
    release.takenHere(models);
  }

  Release release() {
    return release;
  }

  Instant now() {
    return clock.instant();
  }

  /**
   * Stores a job: when this returns, it is on disk.
   *
   * @throws ProblemException if the user's queue is full, or the idempotency key was used for
   *     another request
   */
  public Accepted accept(NewJob job) {
    return accept(job, Start.LATER, true);
  }

  /**
   * Stores a job.
   *
   * @param onDisk whether it has to be on disk when this returns. If it does not, it survives the
   *     end of this process, but the sender must not be told that it was accepted before {@link
   *     #synchronise} returns or a later write does.
   * @throws ProblemException as {@link #accept(NewJob)}
   */
  public Accepted accept(NewJob job, Start start, boolean onDisk) {
    Accepted accepted =
        onDisk
            ? database.write(tx -> acceptance.accept(tx, job, start))
            : database.writeSoon(tx -> acceptance.accept(tx, job, start));
    FaultPoint.AFTER_ACCEPT_COMMITTED.pass();
    if (accepted.lease() != null) {
      FaultPoint.AFTER_CLAIM.pass();
    }
    return accepted;
  }

  /** Returns when everything that was written before is on disk. */
  public void synchronise(String server) {
    // A transaction that changes nothing would not reach the disk.
    new Servers(database).alive(server, now());
  }

  /** Says that this server still runs the jobs that it has started at once. */
  public void alive() {
    database.writeSoon(
        tx -> {
          tasks.alive(tx, now());
          return tx;
        });
  }

  /** Leaves a job that this process has taken to the schedulers. */
  public void leave(String id, String model, Duration pause) {
    database.write(
        tx -> {
          tasks.leave(tx, id, model, now().plus(pause));
          return tx;
        });
  }

  /**
   * What {@link #accept} would do regardless of the request's contents: returns the job if it was
   * accepted before.
   *
   * @throws ProblemException as {@link #accept}
   */
  public Optional<Accepted> look(NewJob job) {
    return database.read(connection -> acceptance.look(connection, job));
  }

  /** Cancels a job that has not ended; a running one ends a little later. */
  public StoredJob cancel(String id) {
    return database.write(
        tx -> {
          StoredJob job =
              JobReads.one(tx.connection(), id).orElseThrow(() -> Problems.noSuchJob(id));
          release.lock(tx, job.owner());
          int open =
              Sql.update(
                  tx.connection(),
                  "update jobs set cancel = 1 where id = ? and finished_at is null",
                  id);
          if (open == 1) {
            tx.signal(new Signal(Signal.Kind.CANCEL, id));
            int waiting =
                Sql.update(
                    tx.connection(),
                    "update jobs set state = 'CANCELLED' where id = ? and state in ('RECEIVED',"
                        + " 'APPROVED')",
                    id);
            if (waiting == 1) {
              finished(
                  tx,
                  id,
                  job,
                  JobState.CANCELLED,
                  "cancelled while it waited",
                  Problems.cancelled().toJson());
            }
          }
          return JobReads.one(tx.connection(), id).orElseThrow(() -> Problems.noSuchJob(id));
        });
  }

  /**
   * Cancels unfinished jobs that have not been cancelled yet.
   *
   * @return how many
   */
  public int cancelAll(JobFilter which) {
    int cancelled = 0;
    List<String> ids;
    do {
      ids = database.read(connection -> which.cancellable(connection, AT_ONCE));
      ids.forEach(this::cancel);
      cancelled += ids.size();
    } while (!ids.isEmpty());
    return cancelled;
  }

  /** Deletes a job that has ended. */
  public void delete(String id) {
    int deleted =
        database.write(
            tx ->
                Sql.update(
                    tx.connection(),
                    "delete from jobs where id = ? and finished_at is not null",
                    id));
    if (deleted == 0) {
      throw new ProblemException(
          ProblemKind.NOT_FINISHED.with(
              "expected a job that has ended, found one that has not; cancel it first"));
    }
  }

  /** What every end of a waiting job has in common; the state is already set. */
  void finished(
      Tx tx, String id, StoredJob job, JobState state, String text, @Nullable String problem)
      throws SQLException {
    Instant now = now();
    Sql.update(
        tx.connection(),
        "update jobs set finished_at = ?, expires_at = ?, lease = null, problem = ?,"
            + " events = events + 1 where id = ?",
        now,
        expiry(now),
        problem,
        id);
    after(tx, job, state, now, text);
  }

  /** When the result of a job that ends now is deleted. */
  Instant expiry(Instant now) {
    return now.plus(rules.keepFor());
  }

  /** What follows each end, once the job's row tells it. */
  void after(Tx tx, StoredJob job, JobState state, Instant now, String text) throws SQLException {
    Sql.update(tx.connection(), "delete from job_requests where job_id = ?", job.id());
    KeyUsage.ran(tx, job.keyId(), job.startedAt(), now);
    JobRows.counted(tx, job.id(), state, now, text);
    tasks.done(tx, job.id(), job.model());
    release.next(tx, job.owner(), job.model(), now);
  }
}
