package org.nnsight4j.server.dispatch;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.log.RareLog;

/**
 * Checks repeatedly whether jobs can be accepted and run, on a thread of its own, so that the
 * answer is available when a probe asks.
 */
public final class Readiness implements AutoCloseable {
  private static final RareLog LOG = RareLog.of(Readiness.class);
  private static final long PERIOD_MILLIS = 1000;
  private static final long STALE_NANOS = 15_000_000_000L;

  /**
   * A check says what is wrong, in words that anyone may read: without paths and names of machines.
   */
  public interface Check extends Supplier<Optional<String>> {}

  private record Found(List<String> problems, long at) {}

  private final List<Check> storage;
  private final List<Check> others;
  private final Consumer<Boolean> storageWorks;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread made = new Thread(task, "readiness");
            made.setDaemon(true);
            return made;
          });
  private volatile Found found = new Found(List.of("the server starts"), System.nanoTime());

  /**
   * @param storage what has to work so that a job can run
   * @param storageWorks told after each check whether it does
   */
  public Readiness(List<Check> storage, List<Check> others, Consumer<Boolean> storageWorks) {
    this.storage = List.copyOf(storage);
    this.others = List.copyOf(others);
    this.storageWorks = storageWorks;
  }

  /** Checks for the first time, and periodically from now on. */
  public void start() {
    look();
    thread.scheduleWithFixedDelay(this::look, PERIOD_MILLIS, PERIOD_MILLIS, TimeUnit.MILLISECONDS);
  }

  private void look() {
    try {
      List<String> problems = new ArrayList<>(problems(storage));
      storageWorks.accept(problems.isEmpty());
      problems.addAll(problems(others));
      if (!problems.isEmpty()) {
        LOG.warn("not ready: {}", problems);
      }
      found = new Found(List.copyOf(problems), System.nanoTime());
    } catch (RuntimeException e) {
      LOG.warn("whether the server is ready cannot be found out: {}", Shown.line(e.toString()));
    }
  }

  private static List<String> problems(List<Check> checks) {
    return checks.stream().flatMap(check -> check.get().stream()).toList();
  }

  /** What is wrong; empty if the server is ready. */
  public List<String> problems() {
    Found last = found;
    return System.nanoTime() - last.at > STALE_NANOS
        ? List.of("the database or the disk does not answer")
        : last.problems;
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }
}
