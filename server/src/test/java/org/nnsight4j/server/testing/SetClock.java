package org.nnsight4j.server.testing;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;

/** The clock of a machine, which can be set. */
public final class SetClock extends Clock {
  private volatile Duration ahead = Duration.ZERO;

  /** Sets it ahead of the right time, or behind. */
  public void ahead(Duration value) {
    ahead = value;
  }

  @Override
  public Instant instant() {
    return Clock.systemUTC().instant().plus(ahead);
  }

  @Override
  public ZoneId getZone() {
    return ZoneOffset.UTC;
  }

  @Override
  public Clock withZone(ZoneId zone) {
    return this;
  }
}
