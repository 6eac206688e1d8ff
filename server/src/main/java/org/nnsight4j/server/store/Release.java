package org.nnsight4j.server.store;

import com.github.kagkarlsson.scheduler.SchedulerClient;
import com.github.kagkarlsson.scheduler.task.SchedulableInstance;
import com.github.kagkarlsson.scheduler.task.TaskInstance;
import java.sql.SQLException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.job.JobState;

/**
 * Fairness: only a few jobs of each user and model are with the workers; the others wait in the
 * user's own queue. When one ends, the user's next job is released, behind those of other users.
 */
final class Release {
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

  /** Releases the jobs that this user may have released now, and returns their ids. */
  List<String> next(Tx tx, String owner, String model, Instant now) throws SQLException {
    return next(tx, owner, model, now, null);
  }

  /**
   * {@link #next(Tx, String, String, Instant)}, except that one job gets no task.
   *
   * @param direct the job that will have another task; null if all get theirs here
   */
  List<String> next(Tx tx, String owner, String model, Instant now, @Nullable String direct)
      throws SQLException {
    long active =
        Sql.number(
            tx.connection(),
            "select count(*) from jobs where owner = ? and model = ?"
                + " and state in ('APPROVED', 'RUNNING') and finished_at is null",
            owner,
            model);
    if (active >= window) {
      return List.of();
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
    List<String> released = new ArrayList<>();
    for (Waiting job : waiting) {
      int moved =
          Sql.update(
              tx.connection(),
              "update jobs set state = 'APPROVED' where id = ? and state = 'RECEIVED'",
              job.id);
      if (moved == 1) {
        JobRows.record(tx, job.id, JobState.APPROVED, now, "released to the workers");
        if (!job.id.equals(direct)) {
          give(tx, job, model, now);
        }
        released.add(job.id);
      }
    }
    return released;
  }

  /** Another process on this database may have an idle worker, so there the schedulers find it. */
  private void give(Tx tx, Waiting job, String model, Instant now) throws SQLException {
    if (!database.postgres() && here.test(model)) {
      tasks.take(tx, job.id, model, job.priority, now);
      tx.hand(new Handed(job.id, model, job.priority));
    } else {
      schedule(tx, job.id, model, job.priority, now);
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
