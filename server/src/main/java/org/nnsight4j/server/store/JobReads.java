package org.nnsight4j.server.store;

import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.StoredJob;

/** Reads jobs. */
public final class JobReads {
  /** How many jobs of a model are in a state. */
  public record Count(String model, JobState state, long jobs) {}

  private final Database database;

  public JobReads(Database database) {
    this.database = database;
  }

  static Optional<StoredJob> one(Connection connection, String id) throws SQLException {
    return Sql.first(connection, JobRows::job, "select * from jobs where id = ?", id);
  }

  public Optional<StoredJob> find(String id) {
    return database.read(connection -> one(connection, id));
  }

  /** The owner of a job. */
  public Optional<String> owner(String id) {
    return database.read(
        connection ->
            Sql.first(
                connection, row -> row.getString(1), "select owner from jobs where id = ?", id));
  }

  /** The newest jobs of a user, newest first, older than {@code before}. */
  public List<StoredJob> list(String owner, @Nullable String before, int limit) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                JobRows::job,
                "select * from jobs where owner = ? and id < ? order by id desc limit ?",
                owner,
                before == null ? "g" : before,
                limit));
  }

  /** The newest of these jobs, of all users, newest first, older than {@code before}. */
  public List<StoredJob> list(JobFilter which, @Nullable String before, int limit) {
    return database.read(
        connection -> which.list(connection, before == null ? "g" : before, limit));
  }

  /** The time at which the job was accepted that has waited longest for a worker. */
  public Optional<Instant> oldestWaiting() {
    return database
        .read(
            connection ->
                Sql.first(
                    connection,
                    row -> Optional.ofNullable(Sql.instant(row, "oldest")),
                    "select min(coalesce(waits_from, accepted_at)) as oldest from jobs"
                        + " where finished_at is null and state in ('RECEIVED', 'APPROVED')"))
        .flatMap(oldest -> oldest);
  }

  /** The events after number {@code after}. */
  public List<JobEvent> events(String id, int after) {
    return database.read(
        connection ->
            Sql.list(
                connection,
                JobRows::event,
                "select * from job_events where job_id = ? and number > ? order by number",
                id,
                after));
  }

  /** The request of a job, as it was sent. */
  public Optional<byte[]> request(String id) {
    return database.read(
        connection ->
            Sql.first(
                connection,
                row -> row.getBytes(1),
                "select body from job_requests where job_id = ?",
                id));
  }

  /** The bytes of a small result; empty if it is in a file, or no longer kept. */
  public Optional<byte[]> result(String id) {
    return database.read(
        connection ->
            Sql.first(
                connection,
                row -> row.getBytes(1),
                "select body from job_results where job_id = ?",
                id));
  }

  /** Which of these running jobs should be cancelled. */
  public List<String> cancelled(Set<String> ids) {
    return database.read(
        connection -> {
          List<String> wanted = new ArrayList<>();
          for (String id : ids) {
            if (Sql.number(connection, "select cancel from jobs where id = ?", id) == 1) {
              wanted.add(id);
            }
          }
          return wanted;
        });
  }

  /** Unfinished jobs by model and state. */
  public List<Count> unfinished() {
    return database.read(
        connection ->
            Sql.list(
                connection,
                row ->
                    new Count(row.getString(1), JobState.valueOf(row.getString(2)), row.getLong(3)),
                "select model, state, count(*) from jobs where finished_at is null group by model,"
                    + " state"));
  }

  /** The bytes of results that are kept for a user. */
  public long storedBytes(String owner) {
    return database.read(
        connection ->
            Sql.number(
                connection,
                "select coalesce(sum(result_bytes), 0) from jobs where owner = ? and expired = 0",
                owner));
  }

  /** Whether a file of the directory of results belongs to a job. */
  public boolean refersTo(String jobId, String file) {
    return database.read(
            connection ->
                Sql.number(
                    connection,
                    "select count(*) from jobs where id = ? and expired = 0"
                        + " and (result_file = ? or finished_at is null)",
                    jobId,
                    file))
        > 0;
  }
}
