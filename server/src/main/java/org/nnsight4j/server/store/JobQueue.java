package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.fault.FaultPoint;
import org.nnsight4j.server.job.JobIds;
import org.nnsight4j.server.job.JobState;
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
   */
  public record Accepted(StoredJob job, boolean created) {}

  /**
   * @param waitingPerUser how many unfinished jobs one user may have
   * @param window how many of one user's jobs for a model are with the workers at a time
   * @param keepFor how long a finished job and its result are kept
   */
  public record Rules(int waitingPerUser, int window, Duration keepFor) {}

  private static final int RETRY_SECONDS = 5;
  private static final int AT_ONCE = 500;

  private final Database database;
  private final Release release;
  private final Rules rules;
  private final Clock clock;

  public JobQueue(Database database, Rules rules, Clock clock) {
    this.database = database;
    this.rules = rules;
    this.clock = clock;
    this.release = new Release(database, rules.window());
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
    Accepted accepted = database.write(tx -> accept(tx, job));
    FaultPoint.AFTER_ACCEPT_COMMITTED.pass();
    return accepted;
  }

  /**
   * What {@link #accept} would do regardless of the request's contents: returns the job if it was
   * accepted before.
   *
   * @throws ProblemException as {@link #accept}
   */
  public Optional<Accepted> look(NewJob job) {
    return database.read(
        connection -> {
          Optional<Accepted> known = look(connection, job);
          if (known.isEmpty()) {
            checkQuota(connection, job.keyId(), quota(connection, job.keyId(), false));
          }
          return known;
        });
  }

  private Optional<Accepted> look(Connection connection, NewJob job) throws SQLException {
    if (job.idempotencyKey() != null) {
      Optional<StoredJob> known =
          Sql.first(
              connection,
              JobRows::job,
              "select * from jobs where owner = ? and idempotency_key = ?",
              job.owner(),
              job.idempotencyKey());
      if (known.isPresent()) {
        return Optional.of(repeated(job, known.get()));
      }
    }
    long unfinished =
        Sql.number(
            connection,
            "select count(*) from jobs where owner = ? and finished_at is null",
            job.owner());
    if (unfinished >= rules.waitingPerUser()) {
      throw queueFull(unfinished);
    }
    return Optional.empty();
  }

  private Accepted accept(Tx tx, NewJob job) throws SQLException {
    release.lock(tx, job.owner());
    Quota quota = quota(tx.connection(), job.keyId(), true);
    Optional<Accepted> known = look(tx.connection(), job);
    if (known.isPresent()) {
      return known.get();
    }
    checkQuota(tx.connection(), job.keyId(), quota);
    Instant now = now().truncatedTo(ChronoUnit.MILLIS); // as it comes back from the disk
    String id = JobIds.next(now.toEpochMilli());
    Sql.update(
        tx.connection(),
        "insert into jobs (id, owner, model, priority, state, idempotency_key, request_sha256,"
            + " time_limit_ms, accepted_at, key_id, model_digest, request_id)"
            + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        job.owner(),
        job.model(),
        job.priority().rank(),
        JobState.RECEIVED.name(),
        job.idempotencyKey(),
        job.bodySha256(),
        job.timeLimit().toMillis(),
        now,
        job.keyId(),
        job.modelDigest(),
        job.requestId());
    KeyUsage.accepted(tx, job.keyId(), now);
    Sql.update(
        tx.connection(),
        "insert into job_requests (job_id, body) values (?, ?)",
        id,
        (Object) job.body());
    JobRows.record(tx, id, JobState.RECEIVED, now, "accepted and on disk");
    boolean released = release.next(tx, job.owner(), job.model(), now).contains(id);
    FaultPoint.BEFORE_ACCEPT_COMMITS.pass();
    JobState state = released ? JobState.APPROVED : JobState.RECEIVED;
    return new Accepted(job.accepted(id, state, now), true);
  }

  /**
   * What a key may be used for. It may have been revoked while its request was arriving. On
   * PostgreSQL, revoking it now waits if the row is locked, and then finds this job.
   */
  private Quota quota(Connection connection, @Nullable String keyId, boolean locks)
      throws SQLException {
    if (keyId == null) {
      return Quota.NONE;
    }
    record KeyState(boolean revoked, Quota quota) {}
    KeyState state =
        Sql.first(
                connection,
                row -> new KeyState(Sql.instant(row, "revoked_at") != null, ApiKeys.quota(row)),
                "select * from api_keys where id = ?"
                    + (locks && database.postgres() ? " for share" : ""),
                keyId)
            .orElse(new KeyState(false, Quota.NONE));
    if (state.revoked) {
      throw new ProblemException(
          ProblemKind.NO_KEY.with("expected a key that is valid, found a revoked one"));
    }
    return state.quota;
  }

  private void checkQuota(Connection connection, @Nullable String keyId, Quota quota)
      throws SQLException {
    if (keyId != null) {
      KeyUsage.check(connection, keyId, quota, now());
    }
  }

  private static Accepted repeated(NewJob job, StoredJob known) {
    if (known.requestSha256().equals(job.bodySha256()) && known.model().equals(job.model())) {
      return new Accepted(known, false);
    }
    throw new ProblemException(
        ProblemKind.IDEMPOTENCY_KEY_REUSED
            .with(
                "expected the same request as before under this Idempotency-Key, found another;"
                    + " use a new key for a new request")
            .with("job", known.id()));
  }

  private ProblemException queueFull(long unfinished) {
    return new ProblemException(
        ProblemKind.QUEUE_FULL
            .with(
                "expected at most %s unfinished jobs of one user, found %s; wait for some, or cancel them"
                    .formatted(rules.waitingPerUser(), unfinished))
            .with("unfinished", unfinished),
        RETRY_SECONDS);
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

  /** What every end has in common; the state is already set. */
  void finished(
      Tx tx, String id, StoredJob job, JobState state, String text, @Nullable String problem)
      throws SQLException {
    Instant now = now();
    Sql.update(
        tx.connection(),
        "update jobs set finished_at = ?, expires_at = ?, lease = null, problem = ? where id = ?",
        now,
        now.plus(rules.keepFor()),
        problem,
        id);
    Sql.update(tx.connection(), "delete from job_requests where job_id = ?", id);
    KeyUsage.ran(tx, job.keyId(), job.startedAt(), now);
    JobRows.record(tx, id, state, now, text);
    release.next(tx, job.owner(), job.model(), now);
  }
}
