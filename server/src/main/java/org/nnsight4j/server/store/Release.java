package org.nnsight4j.server.store;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.SchedulableInstance;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import java.sql.Connection;
import java.sql.SQLException;
import java.time.Instant;
import java.util.List;
import java.util.function.Predicate;
import org.nnsight4j.server.job.JobState;

/**
 * Fairness: only a few jobs of each user and model are with the workers; the others wait in the
 * user's own queue. When one ends, the user's next job is released, behind those of other users.
 */
final class Release {
  /** What the event of a release says. */
  static final String RELEASED = "released to the workers";

  private record Waiting(String id, int priority) {}

  private final Database database;
  private final OwnTasks tasks;
  private final SchedulerClient scheduler;
  private final int window;
  private volatile Predicate<String> here = model -> false;

  Release(Database database, OwnTasks tasks, int window) {
    this.database = database;
    this.tasks = tasks;
    this.window = window;
    this.scheduler =
        SchedulerClient.Builder.create(database.scheduling())
            .enablePriority()
            .serializer(new NoData())
            .build();
  }

  /** Says for which models this process takes the jobs that it releases. */
  void takenHere(Predicate<String> models) {
    here = models;
  }

  /** The task that runs jobs of this model. */
  static String task(String model) {
    return "run:" + model;
  }

  /**
   * Two transactions of one user must not both miss the other's job; SQLite has one writer anyway.
   */
  void lock(Tx tx, String owner) throws SQLException {
    if (database.postgres()) {
      Sql.first(
          tx.connection(), row -> 0, "select pg_advisory_xact_lock(hashtextextended(?, 0))", owner);
    }
  }

  /** What a user's unfinished jobs are: all, and those for a model, with the workers or before. */
  record Load(long unfinished, long active, long waiting) {}

  static Load load(Connection connection, String owner, String model) throws SQLException {
    return Sql.first(
            connection,
            row -> new Load(row.getLong(1), row.getLong(2), row.getLong(3)),
            "select count(*),"
                + " sum(case when model = ? and state in ('APPROVED', 'RUNNING') then 1 else 0 end),"
                + " sum(case when model = ? and state = 'RECEIVED' then 1 else 0 end)"
                + " from jobs where owner = ? and finished_at is null",
            model,
            model,
            owner)
        .orElse(new Load(0, 0, 0));
  }

  /** Whether another job would be released as soon as it is accepted. */
  boolean atOnce(Load load) {
    return load.active < window && load.waiting == 0;
  }

  /** Releases the jobs that this user may have released now. */
  void next(Tx tx, String owner, String model, Instant now) throws SQLException {
    // Of many waiting jobs it reads only some.
    long active =
        Sql.number(
            tx.connection(),
            "select count(*) from jobs where owner = ? and model = ?"
                + " and state in ('APPROVED', 'RUNNING') and finished_at is null",
            owner,
            model);
    if (active >= window) {
      return;
    }
    List<Waiting> waiting =
        Sql.list(
            tx.connection(),
            row -> new Waiting(row.getString(1), row.getInt(2)),
            "select id, priority from jobs where owner = ? and model = ? and state = 'RECEIVED'"
                + " and finished_at is null order by priority desc, accepted_at, id limit ?",
            owner,
            model,
            window - active);
    for (Waiting job : waiting) {
      int moved =
          Sql.update(
              tx.connection(),
              "update jobs set state = 'APPROVED' where id = ? and state = 'RECEIVED'",
              job.id);
      if (moved == 1) {
        JobRows.record(tx, job.id, JobState.APPROVED, now, RELEASED);
        give(tx, job.id, model, job.priority, now);
      }
    }
  }

  /**
   * Gives a released job to those who run it. Another process on this database may have an idle
   * worker, so there the schedulers find it.
   */
  void give(Tx tx, String id, String model, int priority, Instant now) throws SQLException {
    if (!database.postgres() && here.test(model)) {
      tasks.take(tx, id, model, priority, now);
      tx.hand(new Handed(id, model, priority));
    } else {
      schedule(tx, id, model, priority, now);
    }
  }

  /** Makes sure that there is a task for an approved job. */
  void schedule(Tx tx, String id, String model, int priority, Instant now) throws SQLException {
    TaskInstance<Void> task =
        new TaskInstance.Builder<Void>(task(model), id).priority(priority).build();
    scheduler.scheduleIfNotExists(SchedulableInstance.of(task, now));
    tx.signal(new Signal(Signal.Kind.DUE, model));
  }
}
