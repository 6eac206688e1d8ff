package org.nnsight4j.server.store;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.fault.FaultPoint;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.Problems;

/**
 * What workers do with jobs. Each end is a compare-and-set on the lease: a worker that lost the
 * lease changes nothing, so a second execution of a job is never visible.
 */
public final class JobLeases {
  private final Database database;
  private final JobQueue queue;
  private final int attempts;

  /**
   * @param attempts how often a job may be started; only deaths of workers cause another attempt
   */
  public JobLeases(Database database, JobQueue queue, int attempts) {
    this.database = database;
    this.queue = queue;
    this.attempts = attempts;
  }

  /** Takes the lease for the next attempt; empty if there is nothing left to do. */
  public Optional<Lease> claim(String id) {
    // After a power cut the job starts again, perhaps with one attempt less counted.
    Optional<Lease> lease = database.writeSoon(tx -> claim(tx, id));
    FaultPoint.AFTER_CLAIM.pass();
    if (lease.isEmpty()) {
      endUnclaimed(id);
    }
    return lease;
  }

  private Optional<Lease> claim(Tx tx, String id) throws SQLException {
    Optional<StoredJob> found = JobReads.one(tx.connection(), id);
    if (found.isEmpty()) {
      return Optional.empty();
    }
    StoredJob job = found.get();
    queue.release().lock(tx, job.owner());
    String token = UUID.randomUUID().toString();
    Instant now = queue.now();
    int claimed =
        Sql.update(
            tx.connection(),
            "update jobs set state = 'RUNNING', attempt = attempt + 1, lease = ?,"
                + " events = events + 1, started_at = coalesce(started_at, ?) where id = ?"
                + " and state in ('APPROVED', 'RUNNING') and cancel = 0 and attempt < ?",
            token,
            now,
            id,
            attempts);
    if (claimed == 0) {
      return Optional.empty();
    }
    Optional<Lease> lease =
        Sql.first(
            tx.connection(),
            row ->
                new Lease(
                    id,
                    job.owner(),
                    job.model(),
                    row.getInt("attempt"),
                    token,
                    Duration.ofMillis(row.getLong("time_limit_ms")),
                    job.modelDigest(),
                    row.getBytes("body"),
                    Duration.between(job.acceptedAt(), now)),
            "select attempt, time_limit_ms, body from jobs join job_requests on job_id = id"
                + " where id = ?",
            id);
    int attempt = lease.map(Lease::attempt).orElse(job.attempt() + 1);
    JobRows.counted(tx, id, JobState.RUNNING, now, "attempt " + attempt);
    return lease;
  }

  /**
   * Ends a job whose server died while running it, and that was cancelled or has no attempt left.
   */
  private void endUnclaimed(String id) {
    database.write(
        tx -> {
          Optional<StoredJob> job = JobReads.one(tx.connection(), id);
          if (job.isPresent() && job.get().finishedAt() == null) {
            queue.release().lock(tx, job.get().owner());
            endUnclaimed(tx, job.get());
          }
          return id;
        });
  }

  private void endUnclaimed(Tx tx, StoredJob job) throws SQLException {
    int cancelled =
        Sql.update(
            tx.connection(),
            "update jobs set state = 'CANCELLED' where id = ? and finished_at is null and cancel ="
                + " 1",
            job.id());
    if (cancelled == 1) {
      queue.finished(
          tx, job.id(), job, JobState.CANCELLED, "cancelled", Problems.cancelled().toJson());
      return;
    }
    int dead =
        Sql.update(
            tx.connection(),
            "update jobs set state = 'ERROR' where id = ? and finished_at is null and attempt >= ?",
            job.id(),
            attempts);
    if (dead == 1) {
      queue.finished(
          tx,
          job.id(),
          job,
          JobState.ERROR,
          "no attempt left",
          Problems.workerDied(attempts).toJson());
    }
  }

  /** Publishes a result in a file; false if the lease was lost. */
  public boolean publish(Lease lease, JobResult result) {
    return publish(lease, result, null).isPresent();
  }

  /**
   * Publishes a result.
   *
   * @param body the result itself if it belongs into the database
   * @return the job, which has ended; empty if the lease was lost, so that the result belongs to no
   *     job
   */
  public Optional<StoredJob> publish(Lease lease, JobResult result, byte @Nullable [] body) {
    Optional<StoredJob> published =
        database.write(
            tx -> {
              String text = "%s bytes".formatted(result.bytes());
              Optional<StoredJob> ended =
                  end(tx, lease, JobState.COMPLETED, text, result, body, null);
              FaultPoint.BEFORE_PUBLISH_COMMITS.pass();
              return ended;
            });
    FaultPoint.AFTER_PUBLISH_COMMITTED.pass();
    return published;
  }

  /** Ends a job that failed for a reason of its own, which another attempt would not change. */
  public boolean fail(Lease lease, Problem problem) {
    return end(lease, JobState.ERROR, problem.title(), problem);
  }

  public boolean cancelled(Lease lease) {
    return end(lease, JobState.CANCELLED, "cancelled while it ran", Problems.cancelled());
  }

  /**
   * Returns the job to the queue, so that it can start again.
   *
   * @param counts whether this attempt counts as one
   */
  public void giveBack(Lease lease, String reason, boolean counts) {
    database.write(
        tx -> {
          int moved =
              Sql.update(
                  tx.connection(),
                  "update jobs set state = 'APPROVED', lease = null, attempt = attempt - ?"
                      + " where id = ? and lease = ? and state = 'RUNNING'",
                  counts ? 0 : 1,
                  lease.jobId(),
                  lease.token());
          if (moved == 1) {
            JobRows.record(tx, lease.jobId(), JobState.APPROVED, queue.now(), reason);
          }
          return moved;
        });
  }

  private boolean end(Lease lease, JobState state, String text, Problem problem) {
    return database.write(
        tx -> end(tx, lease, state, text, null, null, problem.toJson()).isPresent());
  }

  /** Ends the job if it still has this lease, and returns it as it is then. */
  private Optional<StoredJob> end(
      Tx tx,
      Lease lease,
      JobState state,
      String text,
      @Nullable JobResult result,
      byte @Nullable [] body,
      @Nullable String problem)
      throws SQLException {
    queue.release().lock(tx, lease.owner());
    Instant now = queue.now();
    int moved =
        Sql.update(
            tx.connection(),
            "update jobs set state = ?, result_file = ?, result_bytes = ?, result_sha256 = ?,"
                + " finished_at = ?, expires_at = ?, lease = null, problem = ?,"
                + " events = events + 1 where id = ? and lease = ? and state = 'RUNNING'",
            state.name(),
            result == null ? null : result.file(),
            result == null ? null : result.bytes(),
            result == null ? null : result.sha256(),
            now,
            queue.expiry(now),
            problem,
            lease.jobId(),
            lease.token());
    if (moved == 0) {
      return Optional.empty();
    }
    if (body != null) {
      Sql.update(
          tx.connection(),
          "insert into job_results (job_id, body) values (?, ?)",
          lease.jobId(),
          (Object) body);
    }
    Optional<StoredJob> job = JobReads.one(tx.connection(), lease.jobId());
    if (job.isPresent()) {
      queue.after(tx, job.get(), state, now, text);
    }
    return job;
  }
}
