package org.nnsight4j.server.store;

import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.Problems;

/** Work that no request asks for: expiry, and repairing what a crash left. */
public final class JobCleaning {
  private static final int AT_ONCE = 500;

  private record Queue(String owner, String model) {}

  private final Database database;
  private final JobQueue queue;

  public JobCleaning(Database database, JobQueue queue) {
    this.database = database;
    this.queue = queue;
  }

  /** Jobs whose result has expired. */
  public List<StoredJob> due() {
    return database.read(
        connection ->
            Sql.list(
                connection,
                JobRows::job,
                "select * from jobs where expires_at <= ? and expired = 0 limit ?",
                queue.now(),
                AT_ONCE));
  }

  /** Records that this job's result is gone; a small one goes now. */
  public void expired(String id) {
    database.write(
        tx -> {
          Sql.update(tx.connection(), "delete from job_results where job_id = ?", id);
          return Sql.update(tx.connection(), "update jobs set expired = 1 where id = ?", id);
        });
  }

  /** Deletes jobs that expired at least {@code ago}. */
  public int forget(Duration ago) {
    return database.write(
        tx ->
            Sql.update(
                tx.connection(),
                "delete from jobs where expired = 1 and expires_at < ?",
                queue.now().minus(ago)));
  }

  /** Ends jobs that no worker has taken for {@code limit}. */
  public int endOverdue(Duration limit) {
    Instant now = queue.now();
    List<StoredJob> overdue =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    JobRows::job,
                    "select * from jobs where finished_at is null"
                        + " and coalesce(waits_from, accepted_at) < ?"
                        + " and state in ('RECEIVED', 'APPROVED') limit ?",
                    now.minus(limit),
                    AT_ONCE));
    int ended = 0;
    for (StoredJob job : overdue) {
      ended += database.write(tx -> endOverdue(tx, job, limit));
    }
    return ended;
  }

  private int endOverdue(Tx tx, StoredJob job, Duration limit) throws SQLException {
    queue.release().lock(tx, job.owner());
    int moved =
        Sql.update(
            tx.connection(),
            "update jobs set state = 'ERROR' where id = ? and state in ('RECEIVED', 'APPROVED')",
            job.id());
    if (moved == 1) {
      String problem = Problems.waitedTooLong(limit.toSeconds()).toJson();
      queue.finished(tx, job.id(), job, JobState.ERROR, "waited too long", problem);
    }
    return moved;
  }

  /** Cancels the jobs of keys that have since been revoked. */
  public void endRevoked() {
    queue.cancelAll(JobFilter.REVOKED);
  }

  /**
   * Restores the task of each job that should be with the workers, and releases jobs that may go
   * there.
   */
  public void reconcile() {
    List<StoredJob> lost =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    JobRows::job,
                    "select * from jobs where finished_at is null and state in ('APPROVED',"
                        + " 'RUNNING') and not exists (select 1 from scheduled_tasks where"
                        + " task_name = 'run:' || model and task_instance = jobs.id) limit ?",
                    AT_ONCE));
    for (StoredJob job : lost) {
      database.write(
          tx -> {
            queue.release().schedule(tx, job.id(), job.model(), job.priority().rank(), queue.now());
            return job;
          });
    }
    List<Queue> waiting =
        database.read(
            connection ->
                Sql.list(
                    connection,
                    row -> new Queue(row.getString(1), row.getString(2)),
                    "select distinct owner, model from jobs"
                        + " where finished_at is null and state = 'RECEIVED'"));
    for (Queue each : waiting) {
      database.write(
          tx -> {
            queue.release().lock(tx, each.owner);
            queue.release().next(tx, each.owner, each.model, queue.now());
            return each;
          });
    }
  }

  /**
   * Moves deadlines after the clock was set, so that they keep their distance. Dates that users see
   * do not change.
   */
  public void move(Duration ahead) {
    long millis = ahead.toMillis();
    database.write(
        tx -> {
          for (String sql :
              List.of(
                  "update jobs set waits_from = coalesce(waits_from, accepted_at) + ?"
                      + " where finished_at is null",
                  "update jobs set expires_at = expires_at + ? where expires_at is not null",
                  "update models set seen_at = seen_at + ?",
                  "update servers set seen_at = seen_at + ?",
                  "update scheduled_tasks set execution_time = execution_time + ?",
                  "update scheduled_tasks set last_heartbeat = last_heartbeat + ?"
                      + " where last_heartbeat is not null")) {
            Sql.update(tx.connection(), sql, millis);
          }
          return millis;
        });
  }

  /**
   * Frees what another process of this server had picked. Only for a process that has the database
   * for itself; others find out from missing heartbeats.
   */
  public int takeOver() {
    return database.write(
        tx ->
            Sql.update(
                tx.connection(),
                "update scheduled_tasks set picked = ?, picked_by = null, last_heartbeat = null,"
                    + " version = version + 1 where picked = ?",
                false,
                true));
  }
}
