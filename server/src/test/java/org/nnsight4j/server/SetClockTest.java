package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.testing.SetClock;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/**
 * The clock of the server is set back and forth: accepted jobs end once, as they would without
 * that.
 */
@Timeout(180)
final class SetClockTest {
  /** Longer than jobs may wait and results are kept. */
  private static final Duration JUMP = Duration.ofHours(25);

  @TempDir Path data;
  private final SetClock clock = new SetClock();

  private TestServer start() throws Exception {
    return TestServer.start(data, options -> options, clock, System::nanoTime);
  }

  private static void same(TestServer server, String id, String request) throws Exception {
    var job = server.ended(server.alice, id);
    assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
    assertThat(job.get("attempt").asInt()).isEqualTo(1);
    var result = server.get(server.alice, "/v1/jobs/" + id + "/result");
    assertThat(result.statusCode()).isEqualTo(200);
    assertThat(result.body()).isEqualTo(TestKind.result(request));
  }

  @Test
  void waitingRunningAndFinishedJobsContinue() throws Exception {
    backAndForth(List.of(JUMP, JUMP.negated()));
  }

  @Test
  @Tag("nightly")
  void jobsContinueAfterEachWayBackToo() throws Exception {
    backAndForth(List.of(JUMP, Duration.ZERO, JUMP.negated(), Duration.ZERO));
  }

  private void backAndForth(List<Duration> jumps) throws Exception {
    try (TestServer server = start()) {
      Map<String, String> requests = new HashMap<>();
      String done = server.submit(server.alice, "echo done");
      requests.put(done, "echo done");
      server.ended(server.alice, done);
      int round = 0;
      for (Duration ahead : jumps) {
        String running = "sleep 250" + round++;
        requests.put(server.submit(server.alice, running), running);
        server.model("pause");
        for (int i = 0; i < 5; i++) {
          String waiting = "echo waits " + round + " " + i;
          requests.put(server.submit(server.alice, waiting), waiting);
        }
        clock.ahead(ahead);
        // Cleaning looks every two seconds.
        Thread.sleep(3000);
        String later = "echo later " + round;
        requests.put(server.submit(server.alice, later), later);
        server.model("resume");
        for (String id : requests.keySet()) {
          same(server, id, requests.get(id));
        }
        assertThat(server.ready()).isEqualTo("200 ok\n");
      }
    }
  }

  /** It was set while no server ran, or is set back when the server starts again. */
  @Test
  void aStartWithAnotherTimeEndsNothing() throws Exception {
    List<String> ids = new ArrayList<>();
    try (TestServer server = start()) {
      ids.add(server.submit(server.alice, "echo x"));
      server.ended(server.alice, ids.get(0));
      server.model("pause");
      ids.add(server.submit(server.alice, "echo x"));
    }
    for (Duration ahead : List.of(JUMP, Duration.ZERO, JUMP.negated())) {
      clock.ahead(ahead);
      try (TestServer server = start()) {
        server.model("resume");
        Thread.sleep(1500);
        for (String id : ids) {
          same(server, id, "echo x");
        }
      }
    }
  }

  /** Time that really passes still ends what it should. */
  @Test
  void deadlinesAfterAJumpStillPass() throws Exception {
    try (TestServer server =
        TestServer.start(
            data,
            options -> options.withLimits(Limits.USUAL.with(Limit.KEEP_SECONDS, 5)),
            clock,
            System::nanoTime)) {
      String id = server.submit(server.alice, "echo x");
      server.ended(server.alice, id);
      clock.ahead(JUMP.negated());
      Thread.sleep(1500);
      same(server, id, "echo x");
      int status = 200;
      for (int i = 0; i < 100 && status == 200; i++) {
        Thread.sleep(200);
        status = server.get(server.alice, "/v1/jobs/" + id + "/result").statusCode();
      }
      assertThat(status).isEqualTo(410);
    }
  }
}
