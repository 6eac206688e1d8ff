package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.fault.FaultPoint;
import org.nnsight4j.server.testing.Ledger;
import org.nnsight4j.server.testing.ServerProcess;

/**
 * A server that is killed repeatedly, at named points and at random ones, loses nothing: {@code
 * -Dcrash.rounds} sets how often, {@code -Dcrash.seed} when.
 */
final class KilledServerTest {
  private static final int CLIENTS = 3;
  private static final int LANES = 2;

  @TempDir Path data;

  /** Two servers, each with its data and its clients, so that one starts while the other runs. */
  @Test
  void everyAcceptedJobEndsOnceWithItsBytes() throws Exception {
    int rounds = Integer.getInteger("crash.rounds", 12);
    long seed = Long.getLong("crash.seed", System.nanoTime());
    // Few rounds begin anywhere in the cycle of places.
    int begin = new Random(seed).nextInt(3 * FaultPoint.values().length);
    ExecutorService lanes = Executors.newFixedThreadPool(LANES);
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int lane = 0; lane < LANES; lane++) {
        Lane own =
            new Lane(data.resolve("lane-" + lane), begin + lane, begin + rounds, seed + lane);
        running.add(lanes.submit(own));
      }
      for (Future<?> lane : running) {
        lane.get();
      }
    } finally {
      lanes.shutdownNow();
    }
  }

  /** Rounds one after the other, with one data directory. */
  private static final class Lane implements Callable<Integer> {
    private final Path data;
    private final int first;
    private final int end;
    private final long seed;

    Lane(Path data, int first, int end, long seed) {
      this.data = data;
      this.first = first;
      this.end = end;
      this.seed = seed;
    }

    @Override
    public Integer call() throws Exception {
      Random random = new Random(seed);
      Ledger ledger = new Ledger();
      int done = 0;
      for (int round = first; round < end; round += LANES) {
        round(ledger, round, random);
        done++;
        if (done % 50 == 0) {
          System.out.printf(Locale.ROOT, "lane %s: %s rounds%n", first, done);
        }
      }
      try (ServerProcess server = ServerProcess.start(data, 2, true)) {
        ledger.sendUnknown(server.port, server.key);
        var wrong = ledger.check(server.port, server.key, Duration.ofMinutes(2));
        assertWithMessage("seed %s", seed).that(wrong.stream().limit(5).toList()).isEmpty();
        assertThat(ledger.unknown).isEmpty();
        // Neither lost nor twice: the server knows as many as the client.
        assertThat(ledger.count(server.port, server.key)).isEqualTo(ledger.accepted.size());
      }
      assertThat(ledger.accepted.size()).isAtLeast(done);
      long completed =
          ledger.accepted.values().stream()
              .filter(sent -> !sent.request().startsWith("fail"))
              // Their results are in the database.
              .filter(sent -> !sent.request().startsWith("row"))
              .count();
      try (Stream<Path> files = Files.list(data.resolve("results"))) {
        long orphans = files.count() - completed;
        System.out.printf(
            Locale.ROOT,
            "%s rounds of kill -9 (seed %s): %s accepted, 0 lost, 0 twice; %s files of lost attempts%n",
            done,
            seed,
            ledger.accepted.size(),
            orphans);
        assertThat(orphans).isAtLeast(0);
      }
      return done;
    }

    private void round(Ledger ledger, int round, Random random) throws Exception {
      FaultPoint[] points = FaultPoint.values();
      boolean named = round % 3 != 2;
      String fault =
          "nnsight4j.fault=%s:%s"
              .formatted(
                  points[(round / 3 * 2 + round % 3) % points.length], 1 + random.nextInt(12));
      boolean inside = round % 5 != 4;
      try (ServerProcess server =
          named
              ? ServerProcess.start(data, 2, inside, fault)
              : ServerProcess.start(data, 2, inside)) {
        ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
        try {
          clients.execute(
              () -> {
                try {
                  ledger.sendUnknown(server.port, server.key);
                } catch (InterruptedException e) {
                  Thread.currentThread().interrupt();
                }
              });
          for (int client = 0; client < CLIENTS; client++) {
            String prefix = round + "-" + client + "-";
            clients.execute(() -> send(ledger, server, prefix));
          }
          if (named) {
            server.process.waitFor(1500, TimeUnit.MILLISECONDS);
          } else {
            Thread.sleep(20 + random.nextInt(500));
          }
          server.kill();
        } finally {
          clients.shutdown();
          assertThat(clients.awaitTermination(30, TimeUnit.SECONDS)).isTrue();
        }
      }
    }

    /** Until the server is gone, but not so many that the end takes long. */
    private static void send(Ledger ledger, ServerProcess server, String prefix) {
      String[] requests = {"echo ", "steps 3 4 ", "fail ", "row "};
      try {
        for (int i = 0; i < 12; i++) {
          Ledger.Sent sent =
              new Ledger.Sent(prefix + i, requests[i % requests.length] + prefix + i);
          if (!ledger.send(server.port, server.key, sent)) {
            return;
          }
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }
}
