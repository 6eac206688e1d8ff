package org.nnsight4j.server.dispatch;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.job.Lease;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.store.Handed;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.StoreException;

/**
 * Runs jobs from their acceptance, if a worker is idle, and jobs that this process has released to
 * itself: no scheduler has to find them. The schedulers get those that this process cannot finish.
 */
final class DirectRuns implements AutoCloseable {
  private static final RareLog LOG = RareLog.of(DirectRuns.class);
  private static final Duration PAUSE = Duration.ofMillis(500);
  private static final long LAST_WORDS_SECONDS = 10;
  private final JobQueue queue;
  private final int most;
  private final AtomicInteger count = new AtomicInteger();
  private final ExecutorService threads = Executors.newCachedThreadPool(daemon("at-once"));
  private final ScheduledExecutorService heart =
      Executors.newSingleThreadScheduledExecutor(daemon("heartbeat"));

  /**
   * @param heartbeat how often this process says that it still runs them
   * @param most how many there may be at a time before others wait in the queue
   */
  DirectRuns(JobQueue queue, Duration heartbeat, int most) {
    this.queue = queue;
    this.most = most;
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
      threads.execute(() -> run(lease.jobId(), lease.model(), () -> model.begin(lease, priority)));
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

  /** Whether there is room for another job that waits for its turn. */
  boolean hasRoom() {
    return count.get() < most;
  }

  /** Runs a job that was released to this process when its turn comes, on another thread. */
  void await(RunningModel model, Handed job) {
    count.incrementAndGet();
    try {
      threads.execute(
          () -> run(job.id(), job.model(), () -> model.await(job.id(), job.priority())));
    } catch (RejectedExecutionException e) {
      // This process ends; the next one frees the task.
      count.decrementAndGet();
    }
  }

  private void run(String id, String model, Runnable work) {
    try {
      work.run();
    } catch (LaterException e) {
      leave(id, model);
    } catch (RuntimeException e) {
      LOG.error("job {} runs again later: {}", id, Shown.trace(e));
      leave(id, model);
    } finally {
      count.decrementAndGet();
    }
  }

  /** Repeated until it succeeds: otherwise nobody would run the job while this process lives. */
  private void leave(String id, String model) {
    try {
      while (!threads.isShutdown() || count.get() > 0) {
        try {
          queue.leave(id, model, PAUSE);
          return;
        } catch (StoreException e) {
          LOG.warn("job {} is not in the queue yet: {}", id, Shown.line(e.toString()));
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
