package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.FullDisk;
import org.nnsight4j.server.testing.ReadOnlyDatabase;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/**
 * A full disk, or a database that accepts no writes, while jobs are running: accepted jobs end
 * once, as they would have, and {@code /readyz} says what is wrong.
 */
@Timeout(180)
final class StorageTroubleTest {
  private static final Limits LIMITS =
      Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 100_000).with(Limit.FREE_DISK_BYTES, 1 << 20);

  @TempDir Path data;
  private final Map<String, String> requests = new HashMap<>();

  private TestServer start(boolean inProcess) throws Exception {
    return TestServer.start(data, options -> options.withLimits(LIMITS).withInProcess(inProcess));
  }

  private void send(TestServer server, String request) throws Exception {
    requests.put(server.submit(server.alice, request), request);
  }

  private void sendAll(TestServer server) throws Exception {
    for (int i = 0; i < 2; i++) {
      send(server, "sleep 120" + i);
    }
    for (int i = 0; i < 8; i++) {
      send(server, "echo " + i);
    }
    send(server, "fail for a reason of its own");
  }

  private void check(TestServer server) throws Exception {
    for (Map.Entry<String, String> sent : requests.entrySet()) {
      JsonNode job = server.ended(server.alice, sent.getKey());
      boolean fails = sent.getValue().startsWith("fail");
      assertThat(job.get("status").asText()).isEqualTo(fails ? "ERROR" : "COMPLETED");
      if (fails) {
        assertThat(job.get("problem").get("detail").asText()).isEqualTo("for a reason of its own");
      } else {
        assertThat(server.get(server.alice, "/v1/jobs/" + sent.getKey() + "/result").body())
            .isEqualTo(TestKind.result(sent.getValue()));
      }
      HttpResponse<byte[]> events =
          server.get(server.alice, "/v1/jobs/" + sent.getKey() + "/events");
      String text = new String(events.body(), StandardCharsets.UTF_8);
      assertThat(text.split("\"status\":\"(COMPLETED|ERROR)\",\"at\"", -1)).hasLength(2);
      assertThat(text).doesNotContain(data.toString());
    }
    try (Stream<Path> files = Files.list(data.resolve("results"))) {
      assertThat(files.filter(file -> file.toString().endsWith("safetensors")).count())
          .isEqualTo(requests.size() - 1);
    }
  }

  /** Runs something, and returns by how many bytes the log grew. */
  private interface Work {
    void run() throws Exception;
  }

  private static int logged(Work work) throws Exception {
    PrintStream usual = System.err;
    ByteArrayOutputStream log = new ByteArrayOutputStream();
    System.setErr(new PrintStream(log, true, StandardCharsets.UTF_8));
    try {
      work.run();
    } finally {
      System.setErr(usual);
      usual.print(log.toString(StandardCharsets.UTF_8));
    }
    return log.size();
  }

  @Test
  void aDatabaseThatAcceptsNoWrites() throws Exception {
    ReadOnlyDatabase database = new ReadOnlyDatabase(data);
    try (TestServer server = start(true)) {
      sendAll(server);
      Thread.sleep(300);
      database.refuse();
      server.untilReady("503 the database takes nothing: is its disk full, or is it read-only?");
      int logged =
          logged(
              () -> {
                for (int i = 0; i < 40; i++) {
                  assertThat(server.post(server.alice, "/v1/jobs?model=m", "echo x").statusCode())
                      .isEqualTo(503);
                  Thread.sleep(50);
                }
              });
      // It was 340 KB a second.
      assertThat(logged).isLessThan(100_000);
      database.take();
      server.untilReady("200 ok");
      check(server);
      send(server, "echo afterwards");
      check(server);
    }
  }

  @Test
  void aDiskThatIsFullForWorkersInside() throws Exception {
    fullDisk(data, true);
  }

  /** Their processes start again and again. */
  @Test
  @Tag("nightly")
  void aDiskThatIsFull() throws Exception {
    fullDisk(data, false);
  }

  /** The database has room, so that jobs are begun again and again. */
  @Test
  void aDiskOfResultsThatIsFull() throws Exception {
    fullDisk(Files.createDirectory(data.resolve("results")), true);
  }

  @Test
  @Tag("nightly")
  void aDiskOfResultsThatIsFullForWorkers() throws Exception {
    fullDisk(Files.createDirectory(data.resolve("results")), false);
  }

  private void fullDisk(Path directory, boolean inProcess) throws Exception {
    try (FullDisk disk = new FullDisk(directory, data.resolve("results"));
        TestServer server = start(inProcess)) {
      sendAll(server);
      disk.fill();
      if (disk.isReal()) {
        server.untilReady("503 ");
        assertThat(server.ready()).contains("the disk is full: ");
      }
      Thread.sleep(1500);
      for (String id : requests.keySet()) {
        JsonNode job = server.job(server.alice, id);
        if (job.get("status").asText().equals("ERROR")) {
          assertThat(requests.get(id)).startsWith("fail");
        }
      }
      disk.free();
      server.untilReady("200 ok");
      check(server);
      for (String id : requests.keySet()) {
        server.send(server.request(server.alice, "/v1/jobs/" + id).DELETE());
      }
    }
  }

  @Test
  void aCheckpointThatCannotBeLoaded() throws Exception {
    Path weights = data.resolve("weights");
    List<ModelSpec> models =
        List.of(
            new ModelSpec("good", "test", "", 1), new ModelSpec("bad", "test", weights + "", 1));
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                ServerOptions.local(data, models)
                    .withListen(options.listen())
                    .withInProcess(true))) {
      server.untilReady("503 the model 'bad' cannot be loaded, the log says why");
      assertThat(server.ready()).doesNotContain(data.toString());
      assertThat(server.post(server.alice, "/v1/jobs?model=good", "echo x").statusCode())
          .isEqualTo(202);
    }
  }
}
