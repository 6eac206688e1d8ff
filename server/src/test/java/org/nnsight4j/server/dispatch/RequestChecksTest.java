package org.nnsight4j.server.dispatch;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.Verdict;
import org.nnsight4j.server.problem.ProblemException;

/** Whatever the check of one request does, others are looked at. */
@Timeout(60)
final class RequestChecksTest {
  private static final byte[] BODY = new byte[10];
  private static final RequestCheck QUICK = body -> Verdict.accepted(Budget.NOTHING);

  private static RequestCheck slow(AtomicInteger begun, AtomicBoolean interrupted) {
    return body -> {
      begun.incrementAndGet();
      try {
        Thread.sleep(30_000);
      } catch (InterruptedException e) {
        interrupted.set(true);
      }
      return Verdict.accepted(Budget.NOTHING);
    };
  }

  private static void until(AtomicInteger count, int wanted) throws InterruptedException {
    while (count.get() < wanted) {
      Thread.sleep(5);
    }
  }

  @Test
  void usersTakeTurns() throws Exception {
    try (RequestChecks checks = new RequestChecks(1, Duration.ofSeconds(30))) {
      List<String> order = new ArrayList<>();
      CountDownLatch first = new CountDownLatch(1);
      List<CompletableFuture<Verdict>> all = new ArrayList<>();
      AtomicInteger begun = new AtomicInteger();
      for (int i = 0; i < 9; i++) {
        int number = i;
        RequestCheck check =
            body -> {
              begun.incrementAndGet();
              if (number == 0) {
                awaited(first);
              }
              order.add("alice");
              return Verdict.accepted(Budget.NOTHING);
            };
        all.add(
            CompletableFuture.supplyAsync(
                () -> checks.check("alice", check, BODY, () -> true), RequestChecksTest::thread));
        until(begun, 1);
      }
      Thread.sleep(100);
      all.add(
          CompletableFuture.supplyAsync(
              () ->
                  checks.check(
                      "bob",
                      body -> {
                        order.add("bob");
                        return Verdict.accepted(Budget.NOTHING);
                      },
                      BODY,
                      () -> true),
              RequestChecksTest::thread));
      Thread.sleep(100);
      first.countDown();
      for (CompletableFuture<Verdict> each : all) {
        assertThat(each.get()).isNotNull();
      }
      // Behind the one that is looked at, and one more that was first in the row.
      assertThat(order.indexOf("bob")).isAtMost(2);
    }
  }

  private static void awaited(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  private static void thread(Runnable task) {
    new Thread(task).start();
  }

  @Test
  void requestsOfGoneClientsAreNotChecked() {
    AtomicBoolean interrupted = new AtomicBoolean();
    try (RequestChecks checks = new RequestChecks(1, Duration.ofSeconds(30))) {
      RequestCheck slow = slow(new AtomicInteger(), interrupted);
      ProblemException gone =
          assertThrows(
              ProblemException.class, () -> checks.check("alice", slow, BODY, () -> false));
      assertThat(gone.problem().code()).isEqualTo("sender-gone");
      assertThat(checks.check("bob", QUICK, BODY, () -> true).problems()).isEmpty();
      assertThat(interrupted.get()).isTrue();
    }
  }

  @Test
  void aCheckHasADeadline() {
    AtomicBoolean interrupted = new AtomicBoolean();
    try (RequestChecks checks = new RequestChecks(1, Duration.ofMillis(200))) {
      RequestCheck slow = slow(new AtomicInteger(), interrupted);
      ProblemException late =
          assertThrows(ProblemException.class, () -> checks.check("alice", slow, BODY, () -> true));
      assertThat(late.problem().status()).isEqualTo(503);
      assertThat(late.retryAfterSeconds()).isEqualTo(1);
      assertThat(checks.check("alice", QUICK, BODY, () -> true).problems()).isEmpty();
      assertThat(interrupted.get()).isTrue();
    }
  }

  @Test
  void oneUserDoesNotFillTheQueue() throws Exception {
    try (RequestChecks checks = new RequestChecks(1, Duration.ofSeconds(30))) {
      AtomicBoolean waits = new AtomicBoolean(true);
      AtomicInteger begun = new AtomicInteger();
      RequestCheck slow = slow(begun, new AtomicBoolean());
      List<CompletableFuture<Verdict>> all = new ArrayList<>();
      for (int i = 0; i < 17; i++) {
        all.add(
            CompletableFuture.supplyAsync(
                () -> checks.check("alice", slow, BODY, waits::get), RequestChecksTest::thread));
        until(begun, 1);
      }
      Thread.sleep(200);
      ProblemException many =
          assertThrows(
              ProblemException.class, () -> checks.check("alice", QUICK, BODY, () -> true));
      assertThat(many.problem().status()).isEqualTo(429);
      waits.set(false);
      assertThat(checks.check("bob", QUICK, BODY, () -> true).problems()).isEmpty();
      for (CompletableFuture<Verdict> each : all) {
        Throwable end = assertThrows(ExecutionException.class, each::get).getCause();
        assertThat(((ProblemException) end).problem().code()).isEqualTo("sender-gone");
      }
    }
  }

  @Test
  void nothingThatACheckThrowsIsAnErrorOfTheServer() {
    try (RequestChecks checks = new RequestChecks(1, Duration.ofSeconds(30))) {
      List<Error> errors = List.of(new StackOverflowError(), new OutOfMemoryError("in this test"));
      List<Integer> expected = List.of(400, 503);
      for (int i = 0; i < 2; i++) {
        Error error = errors.get(i);
        RequestCheck check =
            body -> {
              throw error;
            };
        ProblemException refused =
            assertThrows(
                ProblemException.class, () -> checks.check("alice", check, BODY, () -> true));
        assertThat(refused.problem().status()).isEqualTo(expected.get(i));
      }
      assertThat(checks.check("alice", QUICK, BODY, () -> true).problems()).isEmpty();
    }
  }
}
