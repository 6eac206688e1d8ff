package org.nnsight4j.server.dispatch;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.Progress;
import org.nnsight4j.server.store.JobReads;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Tells those who watch a job what happens to it; nobody waits on a thread for that. */
public final class EventHub implements AutoCloseable {
  /** Somebody who watches; called by one thread at a time. */
  public interface Watcher {
    /** Gives false when it is gone. */
    boolean event(JobEvent event);

    /** Gives false when it is gone. */
    boolean progress(Progress progress);

    /** Gives false when it is gone; called now and then, so that dead connections are noticed. */
    boolean alive();
  }

  private static final Logger LOG = LoggerFactory.getLogger(EventHub.class);
  private static final int LOOK_MILLIS = 500;
  private static final int ALIVE_SECONDS = 10;

  private final class Watch {
    private final String jobId;
    private final Watcher watcher;
    private final Runnable onEnd;
    private final AtomicBoolean queued = new AtomicBoolean();
    private int seen;

    Watch(String jobId, int seen, Watcher watcher, Runnable onEnd) {
      this.jobId = jobId;
      this.seen = seen;
      this.watcher = watcher;
      this.onEnd = onEnd;
    }

    void look() {
      if (queued.compareAndSet(false, true)) {
        threads.execute(this::tell);
      }
    }

    private synchronized void tell() {
      queued.set(false);
      try {
        for (JobEvent event : jobs.events(jobId, seen)) {
          seen = event.number();
          if (!watcher.event(event) || event.state().terminal()) {
            end(this);
            return;
          }
        }
      } catch (RuntimeException e) {
        LOG.warn("the events of job {} could not be told: {}", jobId, e.toString());
      }
    }

    synchronized void progress(Progress progress) {
      if (!watcher.progress(progress)) {
        end(this);
      }
    }

    synchronized void alive() {
      if (!watcher.alive()) {
        end(this);
      }
    }
  }

  private final JobReads jobs;
  private final Map<String, Set<Watch>> watches = new ConcurrentHashMap<>();
  private final ScheduledExecutorService threads;

  public EventHub(JobReads jobs) {
    this.jobs = jobs;
    this.threads =
        Executors.newScheduledThreadPool(
            2,
            task -> {
              Thread thread = new Thread(task, "events");
              thread.setDaemon(true);
              return thread;
            });
    threads.scheduleWithFixedDelay(
        () -> all().forEach(Watch::look), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    threads.scheduleWithFixedDelay(
        () -> all().forEach(Watch::alive), ALIVE_SECONDS, ALIVE_SECONDS, TimeUnit.SECONDS);
  }

  private List<Watch> all() {
    return watches.values().stream().flatMap(Set::stream).toList();
  }

  /**
   * Tells the events after {@code seen}, now and as they come, up to the one that ends the job.
   *
   * @param onEnd called once, when nothing more will be told
   */
  public void watch(String jobId, int seen, Watcher watcher, Runnable onEnd) {
    Watch watch = new Watch(jobId, seen, watcher, onEnd);
    watches.compute(
        jobId,
        (id, there) -> {
          Set<Watch> set = there == null ? ConcurrentHashMap.newKeySet() : there;
          set.add(watch);
          return set;
        });
    watch.look();
  }

  /** The state of a job has changed. */
  public void changed(String jobId) {
    watches.getOrDefault(jobId, Set.of()).forEach(Watch::look);
  }

  /** A job is under way in this process. */
  void progress(String jobId, Progress progress) {
    Set<Watch> there = watches.get(jobId);
    if (there != null) {
      threads.execute(() -> there.forEach(watch -> watch.progress(progress)));
    }
  }

  private void end(Watch watch) {
    AtomicBoolean removed = new AtomicBoolean();
    watches.computeIfPresent(
        watch.jobId,
        (id, there) -> {
          removed.set(there.remove(watch));
          return there.isEmpty() ? null : there;
        });
    if (removed.get()) {
      watch.onEnd.run();
    }
  }

  public int count() {
    return all().size();
  }

  /** Tells nobody any more of those who watch now. */
  public void endAll() {
    all().forEach(this::end);
  }

  @Override
  public void close() {
    endAll();
    threads.shutdownNow();
  }
}
