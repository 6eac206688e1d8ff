package org.nnsight4j.server.dispatch;

import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.store.JobReads;

/**
 * Tells the watchers of a job what happens to it. A watcher that reads slowly, or not at all,
 * delays only itself.
 */
public final class EventHub implements AutoCloseable {
  /** A watcher; only one thread at a time calls it. */
  public interface Watcher {
    /** Returns false when the watcher is gone. */
    boolean event(JobEvent event);

    /** Returns false when the watcher is gone. */
    boolean progress(JobProgress progress);

    /**
     * Returns false when the watcher is gone; called from time to time, so that dead connections
     * are noticed.
     */
    boolean alive();
  }

  private static final int READERS = 2;
  private static final int LOOK_MILLIS = 500;
  private static final int ALIVE_SECONDS = 10;

  private final JobReads jobs;
  private final Map<String, Set<Watch>> watches = new ConcurrentHashMap<>();

  /** These threads read the database, and wait for no watcher. */
  private final ScheduledExecutorService readers =
      Executors.newScheduledThreadPool(READERS, daemon("events"));

  /** One thread for each watcher that is being notified; there are no more than connections. */
  private final ExecutorService tellers = Executors.newCachedThreadPool(daemon("telling"));

  public EventHub(JobReads jobs) {
    this.jobs = jobs;
    readers.scheduleWithFixedDelay(
        () -> all().forEach(this::look), LOOK_MILLIS, LOOK_MILLIS, TimeUnit.MILLISECONDS);
    readers.scheduleWithFixedDelay(
        () -> all().forEach(Watch::alive), ALIVE_SECONDS, ALIVE_SECONDS, TimeUnit.SECONDS);
  }

  private static ThreadFactory daemon(String name) {
    return task -> {
      Thread thread = new Thread(task, name);
      thread.setDaemon(true);
      return thread;
    };
  }

  private List<Watch> all() {
    return watches.values().stream().flatMap(Set::stream).toList();
  }

  /**
   * Sends the events after {@code seen}, now and as they come, up to the one that ends the job.
   *
   * @param onEnd called once, when nothing more will be sent
   */
  public void watch(String jobId, int seen, Watcher watcher, Runnable onEnd) {
    Watch watch = new Watch(jobId, seen, watcher, onEnd, tellers, this::end);
    watches.compute(
        jobId,
        (id, there) -> {
          Set<Watch> set = there == null ? ConcurrentHashMap.newKeySet() : there;
          set.add(watch);
          return set;
        });
    look(watch);
  }

  private void look(Watch watch) {
    if (watch.wantsLook()) {
      readers.execute(() -> watch.look(jobs));
    }
  }

  /** Called when the state of a job has changed. */
  public void changed(String jobId) {
    watches.getOrDefault(jobId, Set.of()).forEach(this::look);
  }

  /** Called when a job in this process has progressed. */
  void progress(String jobId, JobProgress progress) {
    watches.getOrDefault(jobId, Set.of()).forEach(watch -> watch.progress(progress));
  }

  private void end(Watch watch) {
    AtomicBoolean removed = new AtomicBoolean();
    watches.computeIfPresent(
        watch.jobId(),
        (id, there) -> {
          removed.set(there.remove(watch));
          return there.isEmpty() ? null : there;
        });
    if (removed.get()) {
      watch.ended();
    }
  }

  public int count() {
    return all().size();
  }

  /** Sends nothing more to the present watchers. */
  public void endAll() {
    all().forEach(this::end);
  }

  @Override
  public void close() {
    endAll();
    readers.shutdownNow();
    tellers.shutdownNow();
  }
}
