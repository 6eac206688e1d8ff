package org.nnsight4j.server.time;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The clock of the machine without its jumps: it follows small corrections, and continues as if
 * nothing had happened when the clock is set. The owner of deadlines learns of a jump, moves the
 * deadlines, and lets this clock jump too.
 */
public final class SteadyClock extends Clock {
  /** The largest correction by a time service; anything longer is a jump. */
  private static final Duration TOLERANCE = Duration.ofSeconds(5);

  private final Clock wall;
  private final LongSupplier nanos;
  private Instant base;
  private long baseNanos;

  /**
   * A clock that continues from {@code start}.
   *
   * @param wall the clock of the machine
   * @param nanos counts evenly
   */
  public SteadyClock(Clock wall, LongSupplier nanos, Instant start) {
    this.wall = wall;
    this.nanos = nanos;
    this.base = start;
    this.baseNanos = nanos.getAsLong();
  }

  public SteadyClock(Clock wall, LongSupplier nanos) {
    this(wall, nanos, wall.instant());
  }

  @Override
  public synchronized Instant instant() {
    Instant now = wall.instant();
    long nanosNow = nanos.getAsLong();
    Instant steady = base.plusNanos(nanosNow - baseNanos);
    if (Duration.between(steady, now).abs().compareTo(TOLERANCE) > 0) {
      return steady;
    }
    base = now;
    baseNanos = nanosNow;
    return now;
  }

  /** How far the clock of the machine is ahead of this one; negative if it is behind. */
  public synchronized Duration ahead() {
    Duration ahead = Duration.between(instant(), wall.instant());
    return ahead.abs().compareTo(TOLERANCE) > 0 ? ahead : Duration.ZERO;
  }

  /**
   * Jumps as far as the clock of the machine has, if it has. No caller gets a time meanwhile.
   *
   * @param move moves the deadlines of the old time; if it throws, nothing has changed
   */
  public synchronized void follow(Consumer<Duration> move) {
    Duration ahead = ahead();
    if (!ahead.isZero()) {
      move.accept(ahead);
      base = base.plus(ahead);
    }
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  /** This clock measures periods, which have no zone. */
  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
