package org.nnsight4j.server.dispatch;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.job.JobEvent;
import org.nnsight4j.server.job.JobProgress;
import org.nnsight4j.server.log.RareLog;
import org.nnsight4j.server.store.JobReads;

/** A watcher of a job, and what it has still to be sent, in order. */
final class Watch {
  private static final RareLog LOG = RareLog.of(Watch.class);

  private sealed interface News {
    /** Returns false if nothing more should be sent. */
    boolean tell(EventHub.Watcher watcher);
  }

  private record Event(JobEvent event) implements News {
    @Override
    public boolean tell(EventHub.Watcher watcher) {
      return watcher.event(event) && !event.state().terminal();
    }
  }

  private record Step(JobProgress progress) implements News {
    @Override
    public boolean tell(EventHub.Watcher watcher) {
      return watcher.progress(progress);
    }
  }

  private record Alive() implements News {
    @Override
    public boolean tell(EventHub.Watcher watcher) {
      return watcher.alive();
    }
  }

  private final String jobId;
  private final EventHub.Watcher watcher;
  private final Runnable onEnd;
  private final Executor tellers;
  private final Consumer<Watch> end;

  private final AtomicBoolean lookWanted = new AtomicBoolean();
  private final Object looking = new Object();
  private int seen;

  private final Deque<News> news = new ArrayDeque<>();
  private boolean telling;

  /**
   * @param onEnd called when nothing more will be sent
   * @param end called by the sending thread when it is done or the watcher is gone
   */
  Watch(
      String jobId,
      int seen,
      EventHub.Watcher watcher,
      Runnable onEnd,
      Executor tellers,
      Consumer<Watch> end) {
    this.jobId = jobId;
    this.seen = seen;
    this.watcher = watcher;
    this.onEnd = onEnd;
    this.tellers = tellers;
    this.end = end;
  }

  String jobId() {
    return jobId;
  }

  void ended() {
    onEnd.run();
  }

  /** True for the first caller, which then has to look. */
  boolean wantsLook() {
    return lookWanted.compareAndSet(false, true);
  }

  void look(JobReads jobs) {
    lookWanted.set(false);
    try {
      synchronized (looking) {
        for (JobEvent event : jobs.events(jobId, seen)) {
          seen = event.number();
          add(new Event(event));
        }
      }
    } catch (RuntimeException e) {
      LOG.warn("the events of job {} could not be read: {}", jobId, Shown.line(e.toString()));
    }
  }

  /** Only the latest progress that could not be sent yet is kept. */
  synchronized void progress(JobProgress progress) {
    if (news.peekLast() instanceof Step) {
      news.removeLast();
    }
    add(new Step(progress));
  }

  synchronized void alive() {
    if (news.isEmpty()) {
      add(new Alive());
    }
  }

  private synchronized void add(News next) {
    news.add(next);
    if (!telling) {
      telling = true;
      try {
        tellers.execute(this::tell);
      } catch (RejectedExecutionException e) {
        LOG.debug("the server ends: {}", Shown.line(String.valueOf(e.getMessage())));
      }
    }
  }

  private synchronized @Nullable News next() {
    News next = news.poll();
    telling = next != null;
    return next;
  }

  private void tell() {
    for (News next = next(); next != null; next = next()) {
      if (!told(next)) {
        end.accept(this); // It stays marked as sending, so that nothing more is sent.
        return;
      }
    }
  }

  private boolean told(News next) {
    try {
      return next.tell(watcher);
    } catch (RuntimeException e) {
      LOG.warn("{} of job {} could not be told: {}", next, jobId, Shown.line(e.toString()));
      return false; // A client connects again and gets the event then.
    }
  }
}
