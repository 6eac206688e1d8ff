package org.nnsight4j.server.time;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Time passes evenly, whatever the clock shows. */
final class SteadyClockTest {
  private static final Instant BEGIN = Instant.parse("2026-11-24T12:00:00Z");

  private Instant wall = BEGIN;
  private long nanos = 77;
  private final SteadyClock clock =
      new SteadyClock(
          new Clock() {
            @Override
            public Instant instant() {
              return wall;
            }

            @Override
            public ZoneId getZone() {
              return ZoneOffset.UTC;
            }

            @Override
            public Clock withZone(ZoneId zone) {
              return this;
            }
          },
          () -> nanos);

  private void pass(Duration time) {
    wall = wall.plus(time);
    nanos += time.toNanos();
  }

  @Test
  void aJumpIsNotElapsedTime() {
    pass(Duration.ofMinutes(1));
    assertThat(clock.instant()).isEqualTo(BEGIN.plusSeconds(60));
    for (int hours : List.of(25, -25, -25, 25)) {
      wall = wall.plus(Duration.ofHours(hours));
      assertThat(clock.instant()).isEqualTo(BEGIN.plusSeconds(60));
    }
    assertThat(clock.ahead()).isEqualTo(Duration.ZERO);
    wall = wall.minus(Duration.ofHours(3));
    pass(Duration.ofMinutes(1));
    assertThat(clock.instant()).isEqualTo(BEGIN.plusSeconds(120));
    assertThat(clock.ahead()).isEqualTo(Duration.ofHours(-3));
  }

  @Test
  void itFollowsSmallCorrections() {
    for (int i = 0; i < 100; i++) {
      pass(Duration.ofMinutes(1));
      wall = wall.plusSeconds(3);
      assertThat(clock.instant()).isEqualTo(wall);
    }
    assertThat(clock.ahead()).isEqualTo(Duration.ZERO);
  }

  @Test
  void itFollowsAJumpWhenEverythingElseDoes() {
    List<Duration> moved = new ArrayList<>();
    clock.follow(moved::add);
    wall = wall.plus(Duration.ofHours(25));
    clock.follow(moved::add);
    clock.follow(moved::add);
    assertThat(moved).containsExactly(Duration.ofHours(25));
    assertThat(clock.instant()).isEqualTo(wall);
  }

  @Test
  void deadlinesThatCannotBeMovedKeepTheClock() {
    wall = wall.plus(Duration.ofHours(25));
    assertThrows(
        IllegalStateException.class,
        () ->
            clock.follow(
                ahead -> {
                  throw new IllegalStateException();
                }));
    assertThat(clock.instant()).isEqualTo(BEGIN);
  }
}
