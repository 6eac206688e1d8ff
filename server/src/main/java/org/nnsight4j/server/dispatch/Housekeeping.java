package org.nnsight4j.server.dispatch;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.job.JobResult;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.store.JobCleaning;
import org.nnsight4j.server.store.JobReads;
import org.nnsight4j.server.time.SteadyClock;

/** Does periodic work that no request asks for. */
public final class Housekeeping implements AutoCloseable {
  /** A task that may fail and is then retried the next time. */
  private interface Chore {
    void run() throws IOException;
  }

  private static final RareLog LOG = RareLog.of(Housekeeping.class);
  private static final Duration REMEMBERED = Duration.ofDays(7);
  private static final Duration ORPHAN = Duration.ofHours(1);

  private final JobCleaning cleaning;
  private final JobReads jobs;
  private final ResultFiles results;
  private final Measures measures;
  private final Limits limits;
  private final SteadyClock clock;
  private final boolean follows;
  private final ScheduledExecutorService threads =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "housekeeping");
            thread.setDaemon(true);
            return thread;
          });

  /**
   * @param follows whether deadlines move when the clock is set. With several servers on one
   *     database they do not, since it may be the clock of only one machine; its server continues
   *     as if the clock had not been set.
   */
  public Housekeeping(
      JobCleaning cleaning,
      JobReads jobs,
      ResultFiles results,
      Measures measures,
      Limits limits,
      SteadyClock clock,
      boolean follows) {
    this.cleaning = cleaning;
    this.jobs = jobs;
    this.results = results;
    this.measures = measures;
    this.limits = limits;
    this.clock = clock;
    this.follows = follows;
  }

  /**
   * Starts.
   *
   * @param announce announces the models of this server
   */
  public void start(Runnable announce) {
    every(Duration.ofSeconds(1), this::followClock);
    every(Duration.ofSeconds(1), this::count);
    every(Duration.ofSeconds(10), announce::run);
    every(Duration.ofSeconds(2), this::clean);
    every(Duration.ofMinutes(10), () -> results.sweep(jobs, ORPHAN, clock.instant()));
  }

  /** Runs first, so that no deadline passes by a time that did not elapse. */
  private void followClock() {
    if (!follows) {
      if (!clock.ahead().isZero()) {
        LOG.warn("the clock of this machine is {} ahead of the time that passed", clock.ahead());
      }
      return;
    }
    clock.follow(
        ahead -> {
          LOG.warn(
              "the clock was set by {}; what is due in a while is due in the same while", ahead);
          cleaning.move(ahead);
        });
  }

  private void count() {
    measures.count(jobs.unfinished());
    Instant now = clock.instant();
    measures.oldest(
        jobs.oldestWaiting().map(oldest -> Duration.between(oldest, now)).orElse(Duration.ZERO));
  }

  private void every(Duration period, Chore chore) {
    threads.scheduleWithFixedDelay(
        () -> {
          try {
            chore.run();
          } catch (IOException | RuntimeException e) {
            LOG.warn("housekeeping failed and is tried again: {}", Shown.line(e.toString()));
          }
        },
        0,
        period.toMillis(),
        TimeUnit.MILLISECONDS);
  }

  /** Repairs what a crash left, ends jobs that waited too long, deletes what has expired. */
  void clean() {
    followClock();
    cleaning.endRevoked();
    cleaning.reconcile();
    cleaning.endOverdue(limits.time(Limit.WAIT_SECONDS));
    for (StoredJob job : cleaning.due()) {
      JobResult result = job.result();
      if (result != null && !result.inRow()) {
        results.delete(results.path(result.file()));
      }
      cleaning.expired(job.id());
    }
    cleaning.forget(REMEMBERED);
  }

  @Override
  public void close() {
    threads.shutdownNow();
  }
}
