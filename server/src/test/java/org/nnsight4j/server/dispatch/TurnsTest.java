package org.nnsight4j.server.dispatch;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.nnsight4j.server.dispatch.Turns.Seat;
import org.nnsight4j.server.execute.BatchKey;
import org.nnsight4j.server.execute.Budget;

/** Which job goes next, and which jobs go along. */
final class TurnsTest {
  private static final Budget MOST = new Budget(100, 100, 100, 100);

  private final ExecutorService threads = Executors.newCachedThreadPool();
  private final List<Future<Seat>> waiting = new ArrayList<>();
  private final UsedTime used = new UsedTime(System::nanoTime);
  private final Turns turns = new Turns(1, 4, MOST, used);

  @AfterEach
  void end() {
    turns.close();
    threads.shutdownNow();
  }

  private static Optional<BatchKey> like(String key, long bytes) {
    return Optional.of(new BatchKey(key, new Budget(1, bytes, 1, 1)));
  }

  /** A job that waits; when this returns, it is in its place. */
  private void join(int priority, Optional<BatchKey> batchKey) throws Exception {
    join(priority, "alice", batchKey);
  }

  private void join(int priority, String owner, Optional<BatchKey> batchKey) throws Exception {
    Thread[] own = new Thread[1];
    waiting.add(
        threads.submit(
            () -> {
              own[0] = Thread.currentThread();
              return turns.await(priority, () -> owner, () -> batchKey);
            }));
    while (own[0] == null || own[0].getState() != Thread.State.WAITING) {
      Thread.sleep(1);
    }
  }

  private Seat seat(int job) throws Exception {
    return waiting.get(job).get(5, TimeUnit.SECONDS);
  }

  private boolean waits(int job) throws Exception {
    Thread.sleep(50);
    return !waiting.get(job).isDone();
  }

  @Test
  void alikeJobsGoAlongAndTheRestKeepTheirPlace() throws Exception {
    assertThat(turns.await(0, () -> "alice", Optional::empty).turn().jobs()).isEqualTo(1);
    join(0, like("a", 1));
    join(0, Optional.empty());
    join(0, like("b", 1));
    join(0, like("a", 1));
    turns.give();
    assertThat(seat(0).leads()).isTrue();
    assertThat(seat(3).place()).isEqualTo(1);
    assertThat(seat(3).turn()).isSameInstanceAs(seat(0).turn());
    assertThat(waits(1)).isTrue();
    turns.give();
    assertThat(seat(1).turn().jobs()).isEqualTo(1);
    assertThat(waits(2)).isTrue();
    turns.give();
    assertThat(seat(2).turn().jobs()).isEqualTo(1);
  }

  @Test
  void theMoreImportantLeads() throws Exception {
    turns.await(0, () -> "alice", Optional::empty);
    join(0, like("a", 1));
    join(1, Optional.empty());
    join(0, like("a", 1));
    turns.give();
    assertThat(seat(1).turn().jobs()).isEqualTo(1);
    assertThat(waits(0)).isTrue();
    turns.give();
    assertThat(seat(0).turn().jobs()).isEqualTo(2);
  }

  @Test
  void theUserWhoHasUsedLeastGoesFirst() throws Exception {
    turns.await(0, () -> "alice", Optional::empty);
    used.begin("alice", "now");
    Thread.sleep(20);
    join(0, "alice", Optional.empty());
    join(0, "alice", Optional.empty());
    join(0, "bob", Optional.empty());
    used.end("alice", "now", 1, 0);
    turns.give();
    assertThat(seat(2).leads()).isTrue();
    turns.give();
    assertThat(seat(0).leads()).isTrue();
    assertThat(waits(1)).isTrue();
  }

  @Test
  void allTogetherStayWithinTheBudgetOfOne() throws Exception {
    turns.await(0, () -> "alice", Optional::empty);
    for (int i = 0; i < 4; i++) {
      join(0, like("a", 40));
    }
    turns.give();
    assertThat(seat(0).turn().jobs()).isEqualTo(2);
    assertThat(waits(2)).isTrue();
  }

  @Test
  void aPowerOfTwoGoesTogether() throws Exception {
    turns.await(0, () -> "alice", Optional::empty);
    for (int i = 0; i < 3; i++) {
      join(0, like("a", 1));
    }
    turns.give();
    assertThat(seat(0).turn().jobs()).isEqualTo(2);
    assertThat(waits(2)).isTrue();
  }

  @Test
  void aRefusedGroupIsNotTriedAgain() throws Exception {
    turns.refuse("a", 4);
    turns.refuse("a", 2);
    turns.await(0, () -> "alice", Optional::empty);
    for (int i = 0; i < 4; i++) {
      join(0, like("a", 1));
    }
    turns.give();
    assertThat(seat(0).turn().jobs()).isEqualTo(1);
    assertThat(waits(1)).isTrue();
  }

  @Test
  void closingEndsAllWaiting() throws Exception {
    turns.await(0, () -> "alice", Optional::empty);
    join(0, like("a", 1));
    turns.close();
    Exception ended = assertThrows(Exception.class, () -> seat(0));
    assertThat(ended).hasCauseThat().isInstanceOf(LaterException.class);
    assertThrows(LaterException.class, () -> turns.await(0, () -> "alice", Optional::empty));
  }
}
