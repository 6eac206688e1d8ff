package org.nnsight4j.server.options;

import java.time.Duration;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.server.execute.Budget;

/** How much users may ask for. Immutable. */
public final class Limits {
  /** For a few people who share a machine. */
  public static final Limits USUAL = new Limits(Map.of());

  private final Map<Limit, Long> changed;

  private Limits(Map<Limit, Long> changed) {
    this.changed = changed;
  }

  /**
   * The defaults, except for those that an operator sets.
   *
   * @param given each as NAME=N, each name once
   * @throws IllegalArgumentException if one has another form, or cannot have this value
   */
  public static Limits of(List<String> given) {
    Limits all = USUAL;
    for (String each : given) {
      int equals = each.indexOf('=');
      if (equals < 0) {
        throw new IllegalArgumentException(
            "expected a limit as NAME=N, found '%s'".formatted(each));
      }
      Limit limit = Limit.named(each.substring(0, equals));
      if (all.changed.containsKey(limit)) {
        throw new IllegalArgumentException(
            "expected the limit %s once, found it again as '%s'; leave one out"
                .formatted(limit.label(), each));
      }
      all = all.with(limit, number(each, equals + 1));
    }
    return all;
  }

  private static long number(String given, int from) {
    try {
      return Long.parseLong(given, from, given.length(), 10);
    } catch (NumberFormatException e) {
      throw new IllegalArgumentException(
          "expected an integer as the limit %s, found '%s'"
              .formatted(given.substring(0, from - 1), given.substring(from)),
          e);
    }
  }

  /**
   * The same, except for one.
   *
   * @throws IllegalArgumentException if the limit cannot have this value
   */
  public Limits with(Limit limit, long value) {
    Map<Limit, Long> all = new EnumMap<>(Limit.class);
    all.putAll(changed);
    all.put(limit, limit.checked(value));
    return new Limits(all);
  }

  public long of(Limit limit) {
    return changed.getOrDefault(limit, limit.usual());
  }

  /** A limit that fits into an int. */
  public int count(Limit limit) {
    return Math.toIntExact(of(limit));
  }

  /** A limit in seconds. */
  public Duration time(Limit limit) {
    return Duration.ofSeconds(of(limit));
  }

  /** The budget of one job. */
  public Budget budget() {
    return new Budget(of(Limit.NODES), of(Limit.BYTES), of(Limit.FLOPS), of(Limit.STEPS));
  }
}
