package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;
import java.util.UUID;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.fault.FaultPoint;
import org.nnsight4j.server.job.JobIds;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.job.NewJob;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.server.store.JobQueue.Accepted;

/** Decides whether a user may have one more job, and stores it as far as it has come at once. */
final class Acceptance {
  private static final int RETRY_SECONDS = 5;

  private final Database database;
  private final Release release;
  private final OwnTasks tasks;
  private final JobQueue.Rules rules;
  private final Clock clock;

  Acceptance(
      Database database, Release release, OwnTasks tasks, JobQueue.Rules rules, Clock clock) {
    this.database = database;
    this.release = release;
    this.tasks = tasks;
    this.rules = rules;
    this.clock = clock;
  }

  /**
   * What {@link #accept} would do regardless of the request's contents.
   *
   * @throws ProblemException as {@link #accept}
   */
  Optional<Accepted> look(Connection connection, NewJob job) throws SQLException {
    Optional<Accepted> known = known(connection, job);
    if (known.isEmpty()) {
      var unused = checkRoom(connection, job);
      checkQuota(connection, job.keyId(), quota(connection, job.keyId(), false));
    }
    return known;
  }

  private Optional<Accepted> known(Connection connection, NewJob job) throws SQLException {
    return job.idempotencyKey() == null
        ? Optional.empty()
        : Sql.first(
                connection,
                JobRows::job,
                "select * from jobs where owner = ? and idempotency_key = ?",
                job.owner(),
                job.idempotencyKey())
            .map(known -> repeated(job, known));
  }

  private Release.Load checkRoom(Connection connection, NewJob job) throws SQLException {
    Release.Load load = Release.load(connection, job.owner(), job.model());
    if (load.unfinished() >= rules.waitingPerUser()) {
      throw queueFull(load.unfinished());
    }
    return load;
  }

  /** Stores a job, or finds it. */
  Accepted accept(Tx tx, NewJob job, JobQueue.Start start) throws SQLException {
    release.lock(tx, job.owner());
    Quota quota = quota(tx.connection(), job.keyId(), true);
    Optional<Accepted> known = known(tx.connection(), job);
    if (known.isPresent()) {
      return known.get();
    }
    Release.Load load = checkRoom(tx.connection(), job);
    checkQuota(tx.connection(), job.keyId(), quota);
    Instant now = clock.instant().truncatedTo(ChronoUnit.MILLIS); // as it comes back from the disk
    String id = JobIds.next(now.toEpochMilli());
    boolean released = release.atOnce(load);
    // The first attempt begins with the job.
    String token =
        released && start == JobQueue.Start.AT_ONCE ? UUID.randomUUID().toString() : null;
    List<JobState> states =
        token != null
            ? List.of(JobState.RECEIVED, JobState.APPROVED, JobState.RUNNING)
            : released ? List.of(JobState.RECEIVED, JobState.APPROVED) : List.of(JobState.RECEIVED);
    insert(tx, job, id, now, states, token);
    if (token != null) {
      tasks.take(tx, id, job.model(), job.priority().rank(), now);
    } else if (released) {
      release.give(tx, id, job.model(), job.priority().rank(), now);
    } else {
      release.next(tx, job.owner(), job.model(), now);
    }
    FaultPoint.BEFORE_ACCEPT_COMMITS.pass();
    JobState state = released ? JobState.APPROVED : JobState.RECEIVED;
    return new Accepted(
        job.accepted(id, state, now), true, token == null ? null : lease(job, id, token));
  }

  private static void insert(
      Tx tx, NewJob job, String id, Instant now, List<JobState> states, @Nullable String lease)
      throws SQLException {
    Sql.update(
        tx.connection(),
        "insert into jobs (id, owner, model, priority, state, idempotency_key, request_sha256,"
            + " time_limit_ms, accepted_at, key_id, model_digest, request_id, attempt, lease,"
            + " started_at, events)"
            + " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        id,
        job.owner(),
        job.model(),
        job.priority().rank(),
        states.get(states.size() - 1).name(),
        job.idempotencyKey(),
        job.bodySha256(),
        job.timeLimit().toMillis(),
        now,
        job.keyId(),
        job.modelDigest(),
        job.requestId(),
        lease == null ? 0 : 1,
        lease,
        lease == null ? null : now.toEpochMilli(),
        states.size());
    KeyUsage.accepted(tx, job.keyId(), now);
    Sql.update(
        tx.connection(),
        "insert into job_requests (job_id, body) values (?, ?)",
        id,
        (Object) job.body());
    JobRows.begin(tx, id, now, states);
  }

  private static Lease lease(NewJob job, String id, String token) {
    return new Lease(
        id,
        job.owner(),
        job.model(),
        1,
        token,
        job.timeLimit(),
        job.modelDigest(),
        job.body(),
        Duration.ZERO);
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
      KeyUsage.check(connection, keyId, quota, clock.instant());
    }
  }

  private static Accepted repeated(NewJob job, StoredJob known) {
    if (known.requestSha256().equals(job.bodySha256()) && known.model().equals(job.model())) {
      return new Accepted(known, false, null);
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
}
