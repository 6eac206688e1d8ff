package org.nnsight4j.server.dispatch;

import static com.google.common.truth.Truth.assertThat;

import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.nnsight4j.server.execute.Budget;

/** Which user is next, by the time that users have used workers. */
final class UsedTimeTest {
  private long now;
  private final UsedTime used = new UsedTime(() -> now);

  private void ran(String owner, Duration time, double share) {
    used.begin(owner, this);
    now += time.toNanos();
    used.end(owner, this, share, 0);
  }

  private double seconds(String owner) {
    return used.of(owner) / 1e9;
  }

  @Test
  void usedTimeCountsAndFades() {
    ran("alice", Duration.ofSeconds(6), 1);
    assertThat(seconds("alice")).isWithin(1e-6).of(6);
    assertThat(seconds("bob")).isEqualTo(0);
    now += Duration.ofMinutes(1).toNanos();
    assertThat(seconds("alice")).isWithin(1e-6).of(3);
  }

  @Test
  void runningJobsAlreadyCount() {
    used.begin("alice", "a");
    now += Duration.ofSeconds(2).toNanos();
    assertThat(seconds("alice")).isWithin(1e-6).of(2);
    used.end("alice", "a", 1, 0);
    assertThat(seconds("alice")).isWithin(1e-6).of(2);
  }

  @Test
  void aSharedRunCountsInPart() {
    ran("alice", Duration.ofSeconds(8), 0.25);
    assertThat(seconds("alice")).isWithin(1e-6).of(2);
  }

  /** Starting a worker again takes time from other users. */
  @Test
  void aUserPaysForALostWorker() {
    used.begin("alice", "a");
    used.end("alice", "a", 1, Duration.ofSeconds(4).toNanos());
    assertThat(seconds("alice")).isWithin(1e-6).of(4);
  }

  @Test
  void ofSeveralWorkersOneIsForShortRuns() throws Exception {
    ran("alice", Duration.ofSeconds(6), 1);
    ran("bob", Duration.ofMillis(20), 1);
    try (Turns turns = new Turns(2, 1, new Budget(1, 1, 1, 1), used)) {
      CompletableFuture<Turns.Seat> first = wait(turns, "alice");
      first.get(5, TimeUnit.SECONDS);
      CompletableFuture<Turns.Seat> second = wait(turns, "alice");
      Thread.sleep(200);
      assertThat(second.isDone()).isFalse();
      wait(turns, "bob").get(5, TimeUnit.SECONDS);
      turns.give();
      Thread.sleep(200);
      assertThat(second.isDone()).isFalse();
      // No user with short runs was active for a while, so the worker is for all.
      now += Duration.ofMinutes(2).toNanos();
      second.get(5, TimeUnit.SECONDS);
    }
  }

  private static CompletableFuture<Turns.Seat> wait(Turns turns, String owner) {
    return CompletableFuture.supplyAsync(() -> turns.await(0, () -> owner, Optional::empty));
  }
}
