package org.nnsight4j.server.worker;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.ModelSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The workers of one model; dead ones are replaced when they are needed. There are never more than
 * the operator allows, except for a spare, which is started when a run does not end although it was
 * asked to: it replaces the worker that has to be killed then.
 */
public final class WorkerPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

  /** A spare that was not needed for this long is not worth its memory. */
  private static final Duration SPARE_KEPT = Duration.ofMinutes(5);

  private static final long LOOK_MILLIS = 50;

  private final ModelSpec spec;
  private final String digest;
  private final boolean inProcess;
  private final List<String> jvmOptions;
  private final Room room;
  private final Path temporary;
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "memory-of-workers");
            thread.setDaemon(true);
            return thread;
          });
  private final Deque<Worker> free = new ArrayDeque<>();
  private final List<Worker> all = new ArrayList<>();
  private final Set<Process> starting = new HashSet<>();
  private final AtomicLong begun = new AtomicLong();
  private volatile long startNanos;
  private int wanted;
  private int coming;
  private @Nullable Worker spare;
  private boolean spareComes;
  private long spareWanted = System.nanoTime() - SPARE_KEPT.toNanos();
  private @Nullable String trouble;
  private boolean closed;

  /**
   * @param digest the digest of the checkpoint that the server serves; a worker that has loaded
   *     another one is not used. Empty if there were no weights yet when the server started.
   * @param inProcess whether runs share the process of the server, which a native crash then ends
   * @param room how much memory a worker has, and each run
   * @param temporary a folder for files that workers need while they are alive
   */
  public WorkerPool(
      ModelSpec spec,
      String digest,
      boolean inProcess,
      List<String> jvmOptions,
      Room room,
      Path temporary) {
    this.spec = spec;
    this.wanted = spec.workers();
    this.digest = digest;
    this.inProcess = inProcess;
    this.jvmOptions = List.copyOf(jvmOptions);
    this.room = room;
    this.temporary = temporary;
    var unused =
        watch.scheduleWithFixedDelay(this::look, LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    List<Worker> now;
    synchronized (this) {
      now = List.copyOf(all);
    }
    now.forEach(Worker::watch);
  }

  /**
   * A worker for the calling thread alone. Waits for one that is being started or returned; starts
   * one if there are fewer than allowed.
   */
  public Worker take() throws IOException {
    synchronized (this) {
      while (true) {
        for (Worker worker = free.poll(); worker != null; worker = free.poll()) {
          if (worker.usable()) {
            return worker;
          }
          drop(worker);
        }
        if (closed || all.size() + coming < wanted) {
          break;
        }
        pause();
      }
      coming++;
    }
    return start();
  }

  private void pause() throws IOException {
    try {
      wait();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  /** Starts a worker that is already counted. */
  private Worker start() throws IOException {
    Worker worker = null;
    try {
      worker = open();
      return worker;
    } finally {
      synchronized (this) {
        coming--;
        if (worker != null) {
          all.add(worker);
        }
        notifyAll();
      }
    }
  }

  private Worker open() throws IOException {
    begun.incrementAndGet();
    long start = System.nanoTime();
    try {
      Worker worker = inProcess ? LocalWorker.open(spec, room) : started();
      synchronized (this) {
        if (closed) {
          worker.close();
          throw new IOException("the server is going down");
        }
      }
      if (!digest.isEmpty() && !worker.digest().equals(digest)) {
        worker.close();
        throw new ExchangedException(spec.name());
      }
      LOG.info("model {}: a worker is ready", spec.name());
      startNanos = System.nanoTime() - start;
      trouble(null);
      return worker;
    } catch (ExchangedException e) {
      trouble(e.getMessage());
      throw e;
    } catch (IOException | RuntimeException e) {
      // Its message may contain paths, so it goes to the log.
      trouble("the model '%s' cannot be loaded, the log says why".formatted(spec.name()));
      throw e;
    }
  }

  /** A worker has loaded another checkpoint than the one that the server checks requests for. */
  private static final class ExchangedException extends IOException {
    private static final long serialVersionUID = 1;

    ExchangedException(String model) {
      super(
          "the checkpoint of the model '%s' is not the one that was there when the server started; start the server again to serve it"
              .formatted(model));
    }
  }

  private synchronized void trouble(@Nullable String reason) {
    trouble = reason;
  }

  private Worker started() throws IOException {
    List<Process> own = new ArrayList<>();
    try {
      return WorkerProcess.start(
          spec,
          jvmOptions,
          room,
          temporary,
          process -> {
            own.add(process);
            starts(process);
          },
          this::isReplaced);
    } finally {
      synchronized (this) {
        own.forEach(starting::remove);
      }
    }
  }

  private synchronized void starts(Process process) {
    starting.add(process);
    if (closed) {
      process.destroyForcibly();
    }
  }

  /** Whether another worker can now replace one that does not respond and has to be killed. */
  private synchronized boolean isReplaced() {
    spareWanted = System.nanoTime();
    if (spare == null && !spareComes && !closed) {
      spareComes = true;
      Thread thread = new Thread(this::startSpare, "spare-" + spec.name());
      thread.setDaemon(true);
      thread.start();
    }
    return spare != null;
  }

  private void startSpare() {
    Worker worker = null;
    try {
      worker = open();
    } catch (IOException | RuntimeException e) {
      LOG.warn(
          "model {}: a spare worker cannot be started: {}",
          spec.name(),
          Shown.line(String.valueOf(e.getMessage())));
    } finally {
      synchronized (this) {
        spareComes = false;
        spare = worker;
        promote();
      }
    }
  }

  /** Puts the spare into a place that has become free, and ends a spare that is not needed. */
  private void promote() {
    Worker worker = spare;
    if (worker == null) {
      return;
    }
    boolean needed = System.nanoTime() - spareWanted < SPARE_KEPT.toNanos();
    if (!worker.usable() || !needed || closed) {
      spare = null;
      worker.close();
    } else if (all.size() + coming < wanted) {
      spare = null;
      all.add(worker);
      free.push(worker);
      notifyAll();
    }
  }

  /** Starts all workers, so that the first jobs need not wait for them. */
  public void warm() throws IOException {
    while (true) {
      synchronized (this) {
        if (closed || all.size() + coming >= wanted) {
          return;
        }
        coming++;
      }
      give(start());
    }
  }

  /** Changes the number of workers; those that run jobs end when they are returned. */
  public synchronized void scale(int workers) {
    wanted = workers;
    while (all.size() + coming > wanted && !free.isEmpty()) {
      drop(free.pop());
    }
    notifyAll();
  }

  /** How many workers there should be. */
  public synchronized int wanted() {
    return wanted;
  }

  /** Whether a worker is ready and has nothing to do. */
  public synchronized boolean hasFree() {
    return free.stream().anyMatch(Worker::usable);
  }

  /** Returns a worker to the pool. */
  public synchronized void give(Worker worker) {
    if (worker.usable() && !closed && all.size() + coming <= wanted) {
      free.push(worker);
    } else {
      drop(worker);
    }
    promote();
    notifyAll();
  }

  private void drop(Worker worker) {
    all.remove(worker);
    worker.close();
  }

  /** How many workers are alive. */
  public synchronized int alive() {
    return (int) all.stream().filter(Worker::usable).count();
  }

  /** How long the start of the last worker took. */
  public long startNanos() {
    return startNanos;
  }

  /** How many workers were started so far. */
  public long begun() {
    return begun.get();
  }

  /** Why the last start of a worker failed, while there is none; empty if all is well. */
  public synchronized Optional<String> trouble() {
    return alive() > 0 ? Optional.empty() : Optional.ofNullable(trouble);
  }

  @Override
  public synchronized void close() {
    closed = true;
    watch.shutdownNow();
    all.forEach(Worker::close);
    starting.forEach(Process::destroyForcibly);
    all.clear();
    free.clear();
    promote();
    notifyAll();
  }
}
