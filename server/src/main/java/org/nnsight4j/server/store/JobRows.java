package org.nnsight4j.server.store;

import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.JobState;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.job.StoredJob;

/** Jobs and events as rows, and the one statement that moves a job. */
final class JobRows {
  /** What the first events of a job say. */
  private static final Map<JobState, String> FIRST =
      Map.of(
          JobState.RECEIVED,
          "accepted and on disk",
          JobState.APPROVED,
          Release.RELEASED,
          JobState.RUNNING,
          "attempt 1");

  private JobRows() {}

  static StoredJob job(ResultSet row) throws SQLException {
    return new StoredJob(
        row.getString("id"),
        row.getString("owner"),
        row.getString("model"),
        Priority.ofRank(row.getInt("priority")),
        JobState.valueOf(row.getString("state")),
        row.getInt("attempt"),
        row.getInt("cancel") != 0,
        Duration.ofMillis(row.getLong("time_limit_ms")),
        Objects.requireNonNull(Sql.instant(row, "accepted_at")),
        Sql.instant(row, "started_at"),
        Sql.instant(row, "finished_at"),
        Sql.instant(row, "expires_at"),
        row.getString("request_sha256"),
        row.getString("key_id"),
        row.getString("model_digest"),
        row.getString("request_id"),
        row.getString("problem"),
        result(row),
        row.getInt("expired") != 0);
  }

  private static @Nullable JobResult result(ResultSet row) throws SQLException {
    String file = row.getString("result_file");
    return file == null
        ? null
        : new JobResult(file, row.getLong("result_bytes"), row.getString("result_sha256"));
  }

  static JobEvent event(ResultSet row) throws SQLException {
    return new JobEvent(
        row.getString("job_id"),
        row.getInt("number"),
        JobState.valueOf(row.getString("state")),
        Instant.ofEpochMilli(row.getLong("at")),
        row.getString("text"));
  }

  /** Writes the event for a state that this transaction has just given the job. */
  static void record(Tx tx, String id, JobState state, Instant now, String text)
      throws SQLException {
    Sql.update(tx.connection(), "update jobs set events = events + 1 where id = ?", id);
    counted(tx, id, state, now, text);
  }

  /** Writes an event that the job's row has counted already. */
  static void counted(Tx tx, String id, JobState state, Instant now, String text)
      throws SQLException {
    Sql.update(
        tx.connection(),
        "insert into job_events (job_id, number, state, at, text)"
            + " select id, events, ?, ?, ? from jobs where id = ?",
        state.name(),
        now,
        text,
        id);
    tx.signal(new Signal(Signal.Kind.JOB, id, state.terminal()));
  }

  /** Writes the first events of a job, one for each of these states; its row has counted them. */
  static void begin(Tx tx, String id, Instant now, List<JobState> states) throws SQLException {
    List<@Nullable Object> values = new ArrayList<>();
    for (JobState state : states) {
      values.addAll(Arrays.asList(id, values.size() / 5 + 1, state.name(), now, FIRST.get(state)));
    }
    Sql.update(
        tx.connection(),
        "insert into job_events (job_id, number, state, at, text) values (?, ?, ?, ?, ?)"
            + ", (?, ?, ?, ?, ?)".repeat(states.size() - 1),
        values.toArray());
    tx.signal(new Signal(Signal.Kind.JOB, id, false));
  }
}
