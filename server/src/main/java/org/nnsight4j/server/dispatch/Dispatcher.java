package org.nnsight4j.server.dispatch;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.Database;
import org.nnsight4j.server.store.JobLeases;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.NoData;
import org.nnsight4j.server.store.Signal;
import org.nnsight4j.server.worker.Room;
import org.nnsight4j.server.worker.WorkerPool;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Gives jobs to workers. Each model has a scheduler whose tasks have the model's name, so that a
 * server takes only jobs of its own models; the scheduler's threads wait for turns on the workers.
 */
public final class Dispatcher implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Dispatcher.class);
  private static final Duration NEVER = Duration.ofDays(36_500);
  private static final Duration FIRST_PAUSE = Duration.ofMillis(250);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(30);
  private static final Duration LAST_WORDS = Duration.ofSeconds(10);
  private static final int CHOICE = 32;

  private final Map<String, Scheduler> schedulers = new LinkedHashMap<>();
  private final Map<String, WorkerPool> pools = new LinkedHashMap<>();
  private final List<Turns> turns = new ArrayList<>();
  private final RunningJobs running;
  private final String server;
  private final Clock clock;
  private final PausedModels paused;
  private boolean held;
  private volatile boolean closing;

  public Dispatcher(
      String server,
      ServerOptions options,
      Database database,
      JobLeases leases,
      JobReads jobs,
      ResultFiles results,
      EventHub events,
      Measures measures,
      Clock clock,
      Crashes crashes,
      PausedModels paused,
      Path temporary) {
    this.server = server;
    this.clock = clock;
    this.paused = paused;
    Limits limits = options.limits();
    Room room = new Room(limits.of(Limit.WORKER_BYTES), limits.of(Limit.BYTES));
    this.running = new RunningJobs(jobs);
    WorkerRuns runs = new WorkerRuns(running, results, events, measures);
    for (ModelSpec model : options.models()) {
      ExecutorKind kind = ExecutorKind.named(model.kind());
      WorkerPool pool =
          new WorkerPool(
              model, kind.digest(model), options.inProcess(), options.workerJvm(), room, temporary);
      Turns turn =
          new Turns(
              model.workers(), options.share(), limits.budget(), new UsedTime(System::nanoTime));
      JobRun run =
          new JobRun(
              leases, jobs, kind.check(kind.describe(model)), pool, turn, runs, results, crashes);
      turns.add(turn);
      pools.put(model.name(), pool);
      measures.workers(model.name(), pool);
      schedulers.put(model.name(), scheduler(model, run, options, database));
    }
    measures.gauge("running", running::count);
    database.onSignal(this::hear);
  }

  private Scheduler scheduler(
      ModelSpec model, JobRun run, ServerOptions options, Database database) {
    Task<Void> task =
        Tasks.oneTime("run:" + model.name())
            .onFailure(
                (end, execution) -> execution.reschedule(end, clock.instant().plus(pause(end))))
            .onDeadExecutionRevive()
            .execute((instance, context) -> run.execute(instance.getId(), instance.getPriority()));
    SchedulerBuilder builder =
        Scheduler.create(database.scheduling(), task)
            .threads(threads(model, options))
            .clock(clock::instant)
            .schedulerName(new SchedulerName.Fixed(server))
            .serializer(new NoData())
            .enablePriority()
            .pollingInterval(Duration.ofMillis(500))
            .heartbeatInterval(options.heartbeat())
            .missedHeartbeatsLimit(4)
            .deleteUnresolvedAfter(NEVER)
            .shutdownMaxWait(LAST_WORDS)
            .failureLogging(LogLevel.WARN, false);
    return (database.postgres() ? builder.pollUsingLockAndFetch(0.5, 1.0) : builder).build();
  }

  /** Without a worker all it can do is wait, and starting one is expensive. */
  private static Duration pause(ExecutionComplete end) {
    int doublings = Math.min(end.getExecution().consecutiveFailures, 10);
    Duration pause = FIRST_PAUSE.multipliedBy(1L << doublings);
    return pause.compareTo(LONGEST_PAUSE) < 0 ? pause : LONGEST_PAUSE;
  }

  /** The running jobs and the waiting ones, from which the next is chosen. */
  private static int threads(ModelSpec model, ServerOptions options) {
    return Math.max(CHOICE, 2 * model.workers() * options.share());
  }

  /** Starts to take jobs, while the workers load their models. */
  public void start() {
    schedulers.forEach(
        (model, scheduler) -> {
          if (paused.contains(model)) {
            LOG.warn("model {} is paused, as it was before; resume it to run its jobs", model);
            scheduler.pause();
          }
          scheduler.start();
        });
    pools.forEach(
        (model, pool) -> {
          Thread thread = new Thread(() -> warm(model, pool), "load-" + model);
          thread.setDaemon(true);
          thread.start();
        });
  }

  private void warm(String model, WorkerPool pool) {
    try {
      pool.warm();
    } catch (IOException | RuntimeException e) {
      if (!closing) {
        LOG.error("model {} cannot be loaded; each job tries again: {}", model, Shown.trace(e));
      }
    }
  }

  private void hear(Signal signal) {
    switch (signal.kind()) {
      case DUE -> {
        Scheduler scheduler = schedulers.get(signal.subject());
        if (scheduler != null) {
          scheduler.triggerCheckForDueExecutions();
        }
      }
      case CANCEL -> running.cancel(signal.subject());
      case JOB -> {}
    }
  }

  /** Stops taking jobs of a model, or takes them again; this survives a restart. */
  public boolean pause(String model, boolean wanted) {
    Scheduler scheduler = schedulers.get(model);
    if (scheduler == null) {
      return false;
    }
    synchronized (this) {
      if (paused.set(model, wanted) && !held) {
        take(scheduler, !wanted);
      }
    }
    return true;
  }

  private static void take(Scheduler scheduler, boolean jobs) {
    if (jobs) {
      scheduler.resume();
      scheduler.triggerCheckForDueExecutions();
    } else {
      scheduler.pause();
    }
  }

  /** Takes no jobs while the database cannot store their outcome, and continues afterwards. */
  public synchronized void hold(boolean wanted) {
    if (wanted == held || closing) {
      return;
    }
    held = wanted;
    schedulers.forEach(
        (model, scheduler) -> {
          if (!paused.contains(model)) {
            take(scheduler, !wanted);
          }
        });
  }

  /** What keeps jobs from running, in words that anyone may read. */
  public Optional<String> trouble() {
    List<String> all = pools.values().stream().flatMap(pool -> pool.trouble().stream()).toList();
    return all.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", all));
  }

  /** Whether this process runs a model. */
  public boolean has(String model) {
    return pools.containsKey(model);
  }

  /** The workers of a model that are alive. */
  public int alive(String model) {
    WorkerPool pool = pools.get(model);
    return pool == null ? 0 : pool.alive();
  }

  /** Stops; running jobs are returned to the queue, to run again later. */
  @Override
  public void close() {
    closing = true;
    schedulers.values().forEach(Scheduler::pause);
    turns.forEach(Turns::close);
    running.stopAll();
    schedulers.values().forEach(Scheduler::stop);
    running.close();
    pools.values().forEach(WorkerPool::close);
  }
}
