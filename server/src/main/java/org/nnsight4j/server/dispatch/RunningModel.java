package org.nnsight4j.server.dispatch;

import com.github.kagkarlsson.scheduler.Scheduler;
import java.io.IOException;
import java.util.Optional;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.TextRequests;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.store.ModelRegistry;
import org.nnsight4j.server.worker.WorkerPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model that this process runs: the scheduler of its jobs, their turns, and its workers. */
final class RunningModel {
  private static final Logger LOG = LoggerFactory.getLogger(RunningModel.class);

  /** How often an unloaded model is checked for running jobs. */
  private static final long LOOK_MILLIS = 20;

  private final ModelSpec spec;
  private final ModelRegistry.Entry entry;
  private final Scheduler scheduler;
  private final WorkerPool pool;
  private final Turns turns;
  private final JobRun run;
  private final RequestCheck check;
  private final Optional<TextRequests> texts;
  private volatile boolean leaving;
  private volatile boolean takes;

  /**
   * @param entry what other servers and users see of it
   * @param run runs its jobs
   * @param check checks its requests
   * @param texts reads its requests in the form of OpenAI's API
   */
  RunningModel(
      ModelSpec spec,
      ModelRegistry.Entry entry,
      Scheduler scheduler,
      WorkerPool pool,
      Turns turns,
      JobRun run,
      RequestCheck check,
      Optional<TextRequests> texts) {
    this.run = run;
    this.texts = texts;
    this.check = check;
    this.spec = spec;
    this.entry = entry;
    this.scheduler = scheduler;
    this.pool = pool;
    this.turns = turns;
  }

  String name() {
    return spec.name();
  }

  ModelSpec spec() {
    return spec;
  }

  Optional<TextRequests> texts() {
    return texts;
  }

  RequestCheck check() {
    return check;
  }

  WorkerPool pool() {
    return pool;
  }

  ModelRegistry.Entry entry() {
    return new ModelRegistry.Entry(
        entry.name(), entry.kind(), entry.description(), pool.wanted(), entry.digest());
  }

  /** Takes jobs, while the workers load the model. */
  void start(boolean takes) {
    this.takes = takes;
    if (!takes) {
      scheduler.pause();
    }
    scheduler.start();
    warm();
  }

  private void warm() {
    Thread thread =
        new Thread(
            () -> {
              try {
                pool.warm();
              } catch (IOException | RuntimeException e) {
                if (!leaving) {
                  LOG.error(
                      "model {} cannot be loaded; each job tries again: {}",
                      name(),
                      Shown.trace(e));
                }
              }
            },
            "load-" + name());
    thread.setDaemon(true);
    thread.start();
  }

  /** Takes jobs that are due, or no more. */
  void take(boolean jobs) {
    takes = jobs;
    if (jobs) {
      scheduler.resume();
      scheduler.triggerCheckForDueExecutions();
    } else {
      scheduler.pause();
    }
  }

  /** Called when there may be work. */
  void due() {
    scheduler.triggerCheckForDueExecutions();
  }

  /** Takes a worker for a job that does not exist yet, if one is idle and no other job waits. */
  boolean reserve() {
    // Without a worker the job waits in the queue, where its status says so.
    return takes && pool.hasFree() && turns.tryTake();
  }

  /** Returns a worker that was reserved. */
  void unreserve() {
    turns.give();
  }

  /** Runs a job on the worker that was reserved for it. */
  void begin(Lease lease, int priority) {
    run.begin(lease, priority);
  }

  /** Whether a job that is released may wait here for its turn. */
  boolean takesWaiting() {
    return takes && pool.alive() > 0;
  }

  /** Runs a job when its turn comes. */
  void await(String id, int priority) {
    run.await(id, priority);
  }

  /** Changes the number of workers: more are started now, fewer when their runs have ended. */
  void scale(int workers) {
    turns.scale(workers);
    pool.scale(workers);
    warm();
  }

  /** How many workers are running jobs. */
  int busy() {
    return turns.busy();
  }

  /** Whether it is being unloaded. */
  boolean leaving() {
    return leaving;
  }

  /** Takes no more jobs; those that wait for a worker go back to the queue. */
  void leave() {
    leaving = true;
    takes = false;
    scheduler.pause();
    turns.close();
  }

  /** Waits for the running jobs. */
  void awaitEnd() throws InterruptedException {
    while (busy() > 0) {
      Thread.sleep(LOOK_MILLIS);
    }
  }

  /** Returns when no job of this model runs any more, or after the scheduler's patience. */
  void stop() {
    scheduler.stop();
  }

  /** Ends the workers. */
  void close() {
    pool.close();
  }
}
