package org.nnsight4j.server.dispatch;

import com.github.kagkarlsson.scheduler.Scheduler;
import com.github.kagkarlsson.scheduler.SchedulerBuilder;
import com.github.kagkarlsson.scheduler.SchedulerName;
import com.github.kagkarlsson.scheduler.logging.LogLevel;
import com.github.kagkarlsson.scheduler.task.ExecutionComplete;
import com.github.kagkarlsson.scheduler.task.Task;
import com.github.kagkarlsson.scheduler.task.helper.Tasks;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.TextRequests;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.Database;
import org.nnsight4j.server.store.Handed;
import org.nnsight4j.server.store.JobLeases;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.ModelRegistry;
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

  private final Map<String, RunningModel> models = new ConcurrentHashMap<>();
  private final RunningJobs running;
  private final String server;
  private final ServerOptions options;
  private final Database database;
  private final JobLeases leases;
  private final JobReads jobs;
  private final ResultFiles results;
  private final WorkerRuns runs;
  private final Measures measures;
  private final Clock clock;
  private final Crashes crashes;
  private final PausedModels paused;
  private final Path temporary;
  private final Endings endings;
  private final JobQueue queue;
  private final DirectRuns direct;
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
      Path temporary,
      JobQueue queue,
      Endings endings) {
    this.server = server;
    this.options = options;
    this.database = database;
    this.leases = leases;
    this.jobs = jobs;
    this.results = results;
    this.measures = measures;
    this.clock = clock;
    this.crashes = crashes;
    this.paused = paused;
    this.temporary = temporary;
    this.endings = endings;
    this.queue = queue;
    this.direct = new DirectRuns(queue, options.heartbeat(), CHOICE);
    this.running = new RunningJobs(jobs);
    this.runs = new WorkerRuns(running, results, events, measures);
    for (ModelSpec model : options.models()) {
      models.put(model.name(), opened(model));
    }
    measures.gauge("running", running::count);
    database.onSignal(this::hear);
    queue.takeReleased(this::takesReleased, this::take);
  }

  /** Reads the model's configuration; its weights are loaded later. */
  private RunningModel opened(ModelSpec model) {
    Limits limits = options.limits();
    Room room =
        new Room(
            limits.of(Limit.WORKER_BYTES),
            limits.of(Limit.BYTES),
            limits.count(Limit.INLINE_RESULT_BYTES));
    ExecutorKind kind = ExecutorKind.named(model.kind());
    // Read once: the workers have loaded these files, whatever happens to them later.
    ModelRegistry.Entry entry =
        new ModelRegistry.Entry(
            model.name(), model.kind(), kind.describe(model), model.workers(), kind.digest(model));
    WorkerPool pool =
        new WorkerPool(
            model, entry.digest(), options.inProcess(), options.workerJvm(), room, temporary);
    Turns turns =
        new Turns(
            model.workers(),
            options.share(),
            limits.budget(),
            new UsedTime(System::nanoTime),
            options.batchRows());
    RequestCheck check = kind.check(entry.description(), model);
    JobRun run = new JobRun(leases, jobs, check, pool, turns, runs, results, crashes, endings);
    measures.workers(model.name(), pool);
    measures.rows(model.name(), turns);
    return new RunningModel(
        model, entry, scheduler(model, run), pool, turns, run, check, kind.texts(model));
  }

  private Scheduler scheduler(ModelSpec model, JobRun run) {
    Task<Void> task =
        Tasks.oneTime("run:" + model.name())
            .onFailure(
                (end, execution) -> execution.reschedule(end, clock.instant().plus(pause(end))))
            .onDeadExecutionRevive()
            .execute((instance, context) -> run.execute(instance.getId(), instance.getPriority()));
    SchedulerBuilder builder =
        Scheduler.create(database.scheduling(), task)
            .threads(threads(model))
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
  private int threads(ModelSpec model) {
    int each = Math.max(options.share(), options.batchRows());
    return Math.max(CHOICE, 2 * model.workers() * each);
  }

  /** Starts to take jobs, while the workers load their models. */
  public void start() {
    models.values().forEach(this::start);
  }

  private synchronized void start(RunningModel model) {
    boolean pauses = paused.contains(model.name());
    if (pauses) {
      LOG.warn("model {} is paused, as it was before; resume it to run its jobs", model.name());
    }
    model.start(!pauses && !held);
  }

  private void hear(Signal signal) {
    switch (signal.kind()) {
      case DUE -> {
        RunningModel model = models.get(signal.subject());
        if (model != null) {
          model.due();
        }
      }
      case CANCEL -> running.cancel(signal.subject());
      case JOB -> {
        if (signal.last()) {
          endings.changed(signal.subject());
        }
      }
    }
  }

  private boolean takesReleased(String name) {
    RunningModel model = models.get(name);
    return model != null && model.takesWaiting() && direct.hasRoom();
  }

  private void take(Handed job) {
    RunningModel model = models.get(job.model());
    if (model != null) {
      direct.await(model, job);
    } else {
      // It was unloaded just now.
      queue.leave(job.id(), job.model(), Duration.ZERO);
    }
  }

  /** Stops taking jobs of a model, or takes them again; this survives a restart. */
  public boolean pause(String name, boolean wanted) {
    RunningModel model = models.get(name);
    if (model == null) {
      return false;
    }
    synchronized (this) {
      if (paused.set(name, wanted) && !held && !model.leaving()) {
        model.take(!wanted);
      }
    }
    return true;
  }

  /** Takes no jobs while the database cannot store their outcome, and continues afterwards. */
  public synchronized void hold(boolean wanted) {
    if (wanted == held || closing) {
      return;
    }
    held = wanted;
    for (RunningModel model : models.values()) {
      if (!paused.contains(model.name()) && !model.leaving()) {
        model.take(!wanted);
      }
    }
  }

  /**
   * Adds a model to those that this process runs.
   *
   * @throws IllegalArgumentException if it has one of this name, or the model cannot be opened
   */
  public void load(ModelSpec spec) {
    RunningModel model;
    synchronized (this) {
      if (closing) {
        throw new IllegalArgumentException("the server goes down");
      }
      if (models.containsKey(spec.name())) {
        throw new IllegalArgumentException(
            "expected the name of a model that this process does not run, found '%s'; unload it first"
                .formatted(spec.name()));
      }
      model = opened(spec);
      models.put(spec.name(), model);
    }
    start(model);
  }

  /**
   * Takes a model away: its running jobs end first.
   *
   * @param now returns its running jobs to the queue instead
   * @param gone called when the last worker is gone
   * @return false if this process does not run it
   */
  public boolean unload(String name, boolean now, Runnable gone) {
    RunningModel model = models.get(name);
    if (model == null) {
      return false;
    }
    boolean first = !model.leaving();
    model.leave();
    if (now) {
      running.stopAll(name);
    }
    if (first) {
      Thread thread = new Thread(() -> end(model, gone), "unload-" + name);
      thread.setDaemon(true);
      thread.start();
    }
    return true;
  }

  private void end(RunningModel model, Runnable gone) {
    try {
      model.awaitEnd();
      model.stop();
      model.close();
      measures.workersGone(model.name());
      models.remove(model.name(), model);
      gone.run();
      LOG.info("model {} is unloaded", model.name());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Changes the number of a model's workers; false if this process does not run it. */
  public boolean scale(String name, int workers) {
    RunningModel model = models.get(name);
    if (model == null || model.leaving()) {
      return false;
    }
    model.scale(workers);
    return true;
  }

  /** What this process tells other servers and users about its models. */
  public List<ModelRegistry.Entry> entries() {
    return models.values().stream()
        .filter(model -> !model.leaving())
        .map(RunningModel::entry)
        .toList();
  }

  /** The state of each model of this process, by name. */
  public List<ModelStatus> status() {
    return models.values().stream()
        .map(model -> ModelStatus.of(model, paused.contains(model.name())))
        .sorted(Comparator.comparing(ModelStatus::name))
        .toList();
  }

  /**
   * Takes an idle worker for a job that is about to be accepted.
   *
   * @return empty if there is none, or another job waits for it
   */
  Optional<DirectRuns.Place> reserve(String name) {
    RunningModel model = models.get(name);
    return model == null ? Optional.empty() : direct.reserve(model);
  }

  /** The check for requests of a model, if this process runs it as it is described. */
  Optional<RequestCheck> check(ModelRegistry.Entry entry) {
    return Optional.ofNullable(models.get(entry.name()))
        .filter(model -> model.entry().description().equals(entry.description()))
        .map(RunningModel::check);
  }

  /** Reads requests of a model in the form of OpenAI's API, if this process runs it. */
  Optional<TextRequests> texts(ModelRegistry.Entry entry) {
    return Optional.ofNullable(models.get(entry.name())).flatMap(RunningModel::texts);
  }

  /** What keeps jobs from running, in words that anyone may read. */
  public Optional<String> trouble() {
    List<String> all =
        models.values().stream()
            .filter(model -> !model.leaving())
            .flatMap(model -> model.pool().trouble().stream())
            .toList();
    return all.isEmpty() ? Optional.empty() : Optional.of(String.join("\n", all));
  }

  /** Whether this process runs a model. */
  public boolean has(String model) {
    return models.containsKey(model);
  }

  /** Stops; running jobs are returned to the queue, to run again later. */
  @Override
  public void close() {
    synchronized (this) {
      closing = true;
    }
    List<RunningModel> all = List.copyOf(models.values());
    all.forEach(RunningModel::leave);
    running.stopAll();
    all.forEach(RunningModel::stop);
    direct.close();
    running.close();
    all.forEach(RunningModel::close);
  }
}
