package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.TestServer;

/** The workers' time is shared, not the number of jobs. */
@Timeout(120)
final class FairTimeTest {
  @TempDir Path data;

  private TestServer start(int workers, int share) throws Exception {
    List<ModelSpec> models = List.of(new ModelSpec("m", "test", "", workers));
    return TestServer.start(
        data,
        options ->
            ServerOptions.local(data, models)
                .withListen(options.listen())
                .withLimits(options.limits())
                .withInProcess(true)
                .withShare(share));
  }

  private static long started(TestServer server, String key, String id) throws Exception {
    return java.time.Instant.parse(server.ended(key, id).get("startedAt").asText()).toEpochMilli();
  }

  /** They are with the workers before: by their number it would be their turn. */
  @Test
  void aSmallJobWaitsForOneLongJobAtMost() throws Exception {
    for (int share : List.of(1, 8)) {
      try (TestServer server = start(1, share)) {
        List<String> many = new ArrayList<>();
        for (int i = 0; i < 4; i++) {
          many.add(server.submit(server.alice, "sleep 1500"));
        }
        server.until(server.alice, many.get(0), "RUNNING");
        Thread.sleep(300);
        String one = server.submit(server.bob, "echo quick " + share);
        long bob = started(server, server.bob, one);
        int before = 0;
        for (String id : many) {
          before += started(server, server.alice, id) < bob ? 1 : 0;
        }
        assertThat(before).isEqualTo(1);
      }
    }
  }

  /** While somebody is there who needs it. */
  @Test
  void oneOfTwoWorkersIsReservedForShortRuns() throws Exception {
    try (TestServer server = start(2, 8)) {
      server.ended(server.bob, server.submit(server.bob, "echo first"));
      server.ended(server.alice, server.submit(server.alice, "sleep 1200"));
      List<String> many = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        many.add(server.submit(server.alice, "sleep 4000"));
      }
      server.until(server.alice, many.get(0), "RUNNING");
      for (int i = 0; i < 5; i++) {
        long begin = System.nanoTime();
        server.ended(server.bob, server.submit(server.bob, "echo " + i));
        assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(2));
      }
      for (String id : many) {
        server.post(server.alice, "/v1/jobs/" + id + "/cancel", "");
      }
    }
  }
}
