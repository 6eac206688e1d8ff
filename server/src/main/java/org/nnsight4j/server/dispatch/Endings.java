package org.nnsight4j.server.dispatch;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.store.StoreException;

/** Tells requests that wait for the end of a job when it has come. */
public final class Endings implements AutoCloseable {
  /**
   * The end of a job.
   *
   * @param body its result if that is small; null if there is none or it is in a file
   */
  @SuppressWarnings("ArrayRecordComponent") // The array is written once.
  public record Ended(StoredJob job, byte @Nullable [] body) {}

  private static final RareLog LOG = RareLog.of(Endings.class);
  private static final int READERS = 2;
  private static final int REMEMBERED = 10_000;
  private static final long LOOK_MILLIS = 500;

  /** A job that has not ended by now is put on disk, as if nobody waited. */
  private static final long ON_DISK_MILLIS = 20;

  /** One request. */
  public final class Waiting {
    private final String jobId;
    private final Consumer<Ended> then;
    private final AtomicBoolean over = new AtomicBoolean();
    private volatile boolean here;
    private volatile boolean onDisk;

    private Waiting(String jobId, boolean here, Consumer<Ended> then) {
      this.jobId = jobId;
      this.here = here;
      this.then = then;
    }

    /**
     * Waits no longer.
     *
     * @return false if it was told already
     */
    public boolean giveUp() {
      remove(this);
      return over.compareAndSet(false, true);
    }

    /** Returns when the job is on disk, so that it can be called accepted. */
    public void synchronise() {
      if (!onDisk) {
        queue.synchronise(server);
        onDisk = true;
      }
    }

    private void tell(Ended ended) {
      remove(this);
      if (over.compareAndSet(false, true)) {
        then.accept(ended);
      }
    }
  }

  private final String server;
  private final JobReads jobs;
  private final JobQueue queue;
  private final Map<String, Set<Waiting>> waiting = new ConcurrentHashMap<>();

  /** The jobs that have ended last. */
  private final Set<String> last =
      Collections.synchronizedSet(
          Collections.newSetFromMap(
              new LinkedHashMap<>() {
                private static final long serialVersionUID = 1;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
                  return size() > REMEMBERED;
                }
              }));

  private final ScheduledThreadPoolExecutor readers =
      new ScheduledThreadPoolExecutor(
          READERS,
          task -> {
            Thread thread = new Thread(task, "endings");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param server the name of this server
   */
  public Endings(String server, JobReads jobs, JobQueue queue) {
    this.server = server;
    this.jobs = jobs;
    this.queue = queue;
    readers.setRemoveOnCancelPolicy(true);
    // Signals are faster; this catches lost ones.
    readers.scheduleWithFixedDelay(
        () -> waiting.keySet().forEach(this::askFor),
        LOOK_MILLIS,
        LOOK_MILLIS,
        TimeUnit.MILLISECONDS);
  }

  /**
   * Waits for the end of a job, or for some time.
   *
   * @param fresh whether the job was stored just now, so that its end is among the last ones
   * @param seconds for how long
   * @param late called instead of {@code then} when the job has not ended by then
   */
  public void expect(
      String jobId,
      boolean here,
      boolean fresh,
      Consumer<Ended> then,
      int seconds,
      Consumer<Waiting> late) {
    AtomicReference<@Nullable Future<?>> timer = new AtomicReference<>();
    Waiting one =
        expect(
            jobId,
            here,
            fresh,
            ended -> {
              cancel(timer.get());
              then.accept(ended);
            });
    timer.set(
        readers.schedule(
            () -> {
              if (one.giveUp()) {
                late.accept(one);
              }
            },
            seconds,
            TimeUnit.SECONDS));
    if (one.over.get()) {
      cancel(timer.get());
    }
  }

  private static void cancel(@Nullable Future<?> timer) {
    if (timer != null) {
      timer.cancel(false);
    }
  }

  /**
   * Waits for the end of a job.
   *
   * @param here whether {@link #ended} or {@link #look} will be called when it ends, so that the
   *     database need not be asked before
   * @param then gets the end, once
   */
  public Waiting expect(String jobId, boolean here, Consumer<Ended> then) {
    return expect(jobId, here, false, then);
  }

  private Waiting expect(String jobId, boolean here, boolean fresh, Consumer<Ended> then) {
    Waiting one = new Waiting(jobId, here, then);
    waiting.compute(
        jobId,
        (id, there) -> {
          Set<Waiting> set = there == null ? ConcurrentHashMap.newKeySet() : there;
          set.add(one);
          return set;
        });
    if (!here && (!fresh || last.contains(jobId))) {
      askFor(jobId);
    }
    var unused = readers.schedule(() -> onDisk(one), ON_DISK_MILLIS, TimeUnit.MILLISECONDS);
    return one;
  }

  private static void onDisk(Waiting one) {
    if (!one.over.get()) {
      try {
        one.synchronise();
      } catch (StoreException e) {
        LOG.warn("a job is not on disk yet: {}", Shown.line(String.valueOf(e.getMessage())));
      }
    }
  }

  private void remove(Waiting one) {
    waiting.computeIfPresent(
        one.jobId,
        (id, there) -> {
          there.remove(one);
          return there.isEmpty() ? null : there;
        });
  }

  /** Called when a job has ended. */
  public void changed(String jobId) {
    last.add(jobId);
    askFor(jobId);
  }

  private void askFor(String jobId) {
    Set<Waiting> all = waiting.get(jobId);
    if (all != null && all.stream().anyMatch(one -> !one.here)) {
      readers.execute(() -> read(jobId));
    }
  }

  /** Called when a job runs here, and {@link #ended} or {@link #look} will be called. */
  void here(String jobId) {
    Set<Waiting> all = waiting.get(jobId);
    if (all != null) {
      all.forEach(one -> one.here = true);
    }
  }

  /** Called when nothing runs a job here any more. */
  void look(String jobId) {
    Set<Waiting> all = waiting.get(jobId);
    if (all != null) {
      all.forEach(one -> one.here = false);
      readers.execute(() -> read(jobId));
    }
  }

  private void read(String jobId) {
    try {
      Optional<StoredJob> job = jobs.find(jobId);
      if (job.isPresent() && job.get().state().terminal()) {
        JobResult result = job.get().result();
        ended(
            job.get(), result == null || !result.inRow() ? null : jobs.result(jobId).orElse(null));
      }
    } catch (RuntimeException e) {
      LOG.warn("the end of job {} could not be read: {}", jobId, Shown.line(e.toString()));
    }
  }

  /** Called with the end of a job, when it is on disk. */
  void ended(StoredJob job, byte @Nullable [] body) {
    Set<Waiting> all = waiting.get(job.id());
    if (all != null) {
      List.copyOf(all).forEach(one -> one.tell(new Ended(job, body)));
    }
  }

  public int count() {
    return waiting.size();
  }

  @Override
  public void close() {
    readers.shutdownNow();
  }
}
