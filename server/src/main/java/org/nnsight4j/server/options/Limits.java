package org.nnsight4j.server.options;

import java.time.Duration;
import java.util.EnumMap;
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
   * The same, but for one.
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

  /** One that is no more than an int can be. */
  public int count(Limit limit) {
    return Math.toIntExact(of(limit));
  }

  /** One that is in seconds. */
  public Duration time(Limit limit) {
    return Duration.ofSeconds(of(limit));
  }

  /** What one job may cost. */
  public Budget budget() {
    return new Budget(of(Limit.NODES), of(Limit.BYTES), of(Limit.FLOPS), of(Limit.STEPS));
  }
}
