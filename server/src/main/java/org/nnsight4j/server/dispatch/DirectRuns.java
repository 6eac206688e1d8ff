package org.nnsight4j.server.dispatch;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.StoreException;

/**
 * Runs jobs from their acceptance, if a worker is idle: no scheduler has to find them. The
 * schedulers get those that this process cannot finish.
 */
final class DirectRuns implements AutoCloseable {
  private static final RareLog LOG = RareLog.of(DirectRuns.class);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final long LAST_WORDS_SECONDS = 10;
  private final JobQueue queue;
  private final AtomicInteger count = new AtomicInteger();
  private final ExecutorService threads = Executors.newCachedThreadPool(daemon("at-once"));
  private final ScheduledExecutorService heart =
      Executors.newSingleThreadScheduledExecutor(daemon("heartbeat"));

  /**
   * @param heartbeat how often this process says that it still runs them
   */
  DirectRuns(JobQueue queue, Duration heartbeat) {
    this.queue = queue;
    long millis = heartbeat.toMillis();
    var unused = heart.scheduleWithFixedDelay(this::beat, millis, millis, TimeUnit.MILLISECONDS);
  }

  private static ThreadFactory daemon(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private void beat() {
    try {
      if (count.get() > 0) {
        queue.alive();
      }
    } catch (StoreException e) {
      LOG.warn("no heartbeat: {}", Shown.line(String.valueOf(e.getMessage())));
    }
  }

  /** An idle worker that waits for a job. */
  final class Place implements AutoCloseable {
    private final RunningModel model;
    private final AtomicBoolean used = new AtomicBoolean();

    private Place(RunningModel model) {
      this.model = model;
    }

    /** Runs a job in it, on another thread. */
    void begin(Lease lease, int priority) {
      used.set(true);
      count.incrementAndGet();
      threads.execute(() -> run(model, lease, priority));
    }

    /** Returns the worker, if no job was begun. */
    @Override
    public void close() {
      if (used.compareAndSet(false, true)) {
        model.unreserve();
      }
    }
  }

  /** Takes an idle worker. */
  Optional<Place> reserve(RunningModel model) {
    return model.reserve() ? Optional.of(new Place(model)) : Optional.empty();
  }

  private void run(RunningModel model, Lease lease, int priority) {
    try {
      model.begin(lease, priority);
    } catch (LaterException e) {
      leave(lease);
    } catch (RuntimeException e) {
      LOG.error("job {} runs again later: {}", lease.jobId(), Shown.trace(e));
      leave(lease);
    } finally {
      count.decrementAndGet();
    }
  }

  /** Repeated until it succeeds: otherwise nobody would run the job while this process lives. */
  private void leave(Lease lease) {
    try {
      while (!threads.isShutdown() || count.get() > 0) {
        try {
          queue.leave(lease, PAUSE);
          return;
        } catch (StoreException e) {
          LOG.warn("job {} is not in the queue yet: {}", lease.jobId(), Shown.line(e.toString()));
          Thread.sleep(PAUSE.toMillis());
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until its jobs have been left to the schedulers; they have been asked to end. */
  @Override
  public void close() {
    threads.shutdown();
    try {
      if (!threads.awaitTermination(LAST_WORDS_SECONDS, TimeUnit.SECONDS)) {
        threads.shutdownNow();
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    heart.shutdownNow();
  }
}
