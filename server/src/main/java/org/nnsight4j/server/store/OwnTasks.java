package org.nnsight4j.server.store;

import java.sql.SQLException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import org.jspecify.annotations.Nullable;

/**
 * The tasks of jobs that a server runs without its scheduler: as soon as it has accepted them, or
 * when the worker that they wait for is free. Their rows say that this server has them and is
 * alive; when it is not, another scheduler finds them, as it finds its own.
 */
final class OwnTasks {
  private static final String SUFFIX = " at once";
  private final Database database;
  private final @Nullable String holder;

  /**
   * @param server the name of this server; null if it runs none this way
   */
  OwnTasks(Database database, @Nullable String server) {
    this.database = database;
    this.holder = server == null ? null : server + SUFFIX;
  }

  /** Takes a new task. */
  void take(Tx tx, String id, String model, int priority, Instant now) throws SQLException {
    Sql.update(
        tx.connection(),
        "insert into scheduled_tasks (task_name, task_instance, execution_time, picked, picked_by,"
            + " last_heartbeat, consecutive_failures, version, priority)"
            + " values (?, ?, ?, ?, ?, ?, 0, 1, ?)",
        Release.task(model),
        id,
        time(now),
        true,
        holder,
        time(now),
        priority);
  }

  /** Removes the task of a job that has ended, if this server has it. */
  void done(Tx tx, String id, String model) throws SQLException {
    if (holder != null) {
      Sql.update(
          tx.connection(),
          "delete from scheduled_tasks where task_name = ? and task_instance = ? and picked_by = ?",
          Release.task(model),
          id,
          holder);
    }
  }

  /** Leaves a task to the schedulers. */
  void leave(Tx tx, String id, String model, Instant when) throws SQLException {
    Sql.update(
        tx.connection(),
        "update scheduled_tasks set picked = ?, picked_by = null, last_heartbeat = null,"
            + " execution_time = ?, version = version + 1"
            + " where task_name = ? and task_instance = ? and picked_by = ?",
        false,
        time(when),
        Release.task(model),
        id,
        holder);
  }

  /** Says that this server is alive. */
  void alive(Tx tx, Instant now) throws SQLException {
    Sql.update(
        tx.connection(),
        "update scheduled_tasks set last_heartbeat = ? where picked_by = ?",
        time(now),
        holder);
  }

  /** A time as the scheduler writes it. */
  private Object time(Instant at) {
    return database.postgres() ? OffsetDateTime.ofInstant(at, ZoneOffset.UTC) : at;
  }
}
