package org.nnsight4j.server.dispatch;

import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.LongSupplier;

/**
 * How long each user has used workers of a model recently: half of the used time is forgotten each
 * minute, and running jobs already count. The user who has used least goes first.
 */
final class UsedTime {
  private static final int REMEMBERED = 10_000;
  private static final double HALF_LIFE_NANOS = 60e9;

  /** The weight of the last run in the average duration of a user's runs. */
  private static final double NEWEST = 0.5;

  private static final double LONG_NANOS = 1e9;

  private record Known(double nanos, long at, double usual) {
    double at(long now) {
      return nanos * Math.pow(0.5, (now - at) / HALF_LIFE_NANOS);
    }
  }

  private final LongSupplier nanos;
  private final Map<String, Map<Object, Long>> running = new HashMap<>();
  private final Map<String, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > REMEMBERED;
        }
      };

  UsedTime(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Records that a run of this user starts. */
  synchronized void begin(String owner, Object run) {
    running.computeIfAbsent(owner, key -> new HashMap<>()).put(run, nanos.getAsLong());
  }

  /**
   * Records that a run has ended.
   *
   * @param share the part of the worker that this user had
   * @param extra additional cost: the start of another worker
   */
  synchronized void end(String owner, Object run, double share, long extra) {
    Map<Object, Long> own = running.get(owner);
    Long begun = own == null ? null : own.remove(run);
    if (own != null && own.isEmpty()) {
      running.remove(owner);
    }
    if (begun == null) {
      return;
    }
    long now = nanos.getAsLong();
    double took = now - begun;
    Known last = known.get(owner);
    double used = (last == null ? 0 : last.at(now)) + took * share + extra;
    double usual = last == null ? took : NEWEST * took + (1 - NEWEST) * last.usual;
    known.put(owner, new Known(used, now, usual));
  }

  /** The used time of this user as of now, in nanoseconds. */
  synchronized double of(String owner) {
    long now = nanos.getAsLong();
    Known last = known.get(owner);
    double used = last == null ? 0 : last.at(now);
    for (long begun : running.getOrDefault(owner, Map.of()).values()) {
      used += now - begun;
    }
    return used;
  }

  /** Whether this user's runs usually take long. */
  synchronized boolean isLong(String owner) {
    Known last = known.get(owner);
    return last != null && last.usual > LONG_NANOS;
  }

  /** Whether another user whose runs are short was active in the last minute. */
  synchronized boolean othersAreShort(String owner) {
    long now = nanos.getAsLong();
    return known.entrySet().stream()
        .anyMatch(
            each ->
                !each.getKey().equals(owner)
                    && each.getValue().usual <= LONG_NANOS
                    && now - each.getValue().at < HALF_LIFE_NANOS);
  }
}
