package org.nnsight4j.server.dispatch;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.Map;
import java.util.function.LongSupplier;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;

/**
 * Counts the users' runs that recently crashed workers. Each crash costs other users the time to
 * load a model, so a user who continues has to wait, each time twice as long.
 */
public final class Crashes {
  private static final Duration REMEMBERED = Duration.ofMinutes(10);
  private static final Duration SHORTEST = Duration.ofSeconds(5);
  private static final Duration LONGEST = Duration.ofMinutes(5);

  /** Enough for one job that crashes in each of its attempts, and another that crashes once. */
  private static final int FREE = 4;

  private final LongSupplier nanos;
  private final Map<String, Deque<Long>> crashes = new HashMap<>();

  public Crashes() {
    this(System::nanoTime);
  }

  Crashes(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Records that a worker died in a run of this user. */
  synchronized void add(String owner) {
    long now = nanos.getAsLong();
    crashes.computeIfAbsent(owner, name -> new ArrayDeque<>()).addLast(now);
    crashes.values().forEach(times -> forget(times, now));
    crashes.values().removeIf(Deque::isEmpty);
  }

  private static void forget(Deque<Long> times, long now) {
    while (!times.isEmpty() && now - times.getFirst() > REMEMBERED.toNanos()) {
      times.removeFirst();
    }
  }

  /**
   * Refuses a request of a user who has to wait.
   *
   * @throws ProblemException that says how long to wait
   */
  synchronized void check(String owner) {
    Deque<Long> times = crashes.get(owner);
    if (times == null) {
      return;
    }
    long now = nanos.getAsLong();
    forget(times, now);
    int over = times.size() - FREE;
    if (over <= 0) {
      return;
    }
    long pause = Math.min(LONGEST.toNanos(), SHORTEST.toNanos() << Math.min(over - 1, 16));
    long left = times.getLast() + pause - now;
    if (left > 0) {
      int seconds = (int) Duration.ofNanos(left).toSeconds() + 1;
      throw new ProblemException(
          ProblemKind.WORKERS_DIED.with(
              "expected runs that leave their workers alive, %s of yours did not in the last %s minutes; try again in %s s, with something else"
                  .formatted(times.size(), REMEMBERED.toMinutes(), seconds)),
          seconds);
    }
  }
}
