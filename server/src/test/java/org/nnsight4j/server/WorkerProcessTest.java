package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.store.ApiKeys;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** A run that crashes its process costs one attempt, and other users nothing. */
final class WorkerProcessTest {
  @TempDir static Path data;
  @TempDir static Path markers;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(data, options -> options.withInProcess(false));
  }

  @AfterAll
  static void close() {
    server.close();
  }

  @Test
  void aCrashCostsOneAttempt() throws Exception {
    List<String> others = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      others.add(server.submit(server.bob, "echo " + i));
    }
    String request = "crash-first " + markers.resolve("once");
    String id = server.submit(server.alice, request);
    JsonNode job = server.ended(server.alice, id);
    assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
    assertThat(job.get("attempt").asInt()).isEqualTo(2);
    assertThat(server.get(server.alice, "/v1/jobs/" + id + "/result").body())
        .isEqualTo(TestKind.result(request));
    for (String other : others) {
      assertThat(server.ended(server.bob, other).get("status").asText()).isEqualTo("COMPLETED");
    }
  }

  @Test
  void aRequestThatCrashesEachTimeEnds() throws Exception {
    JsonNode job = server.ended(server.alice, server.submit(server.alice, "crash"));
    assertThat(job.get("status").asText()).isEqualTo("ERROR");
    assertThat(job.get("attempt").asInt()).isEqualTo(3);
    assertThat(job.get("problem").get("type").asText())
        .isEqualTo("urn:nnsight4j:problem:worker-died");
    String next = server.submit(server.alice, "echo after");
    assertThat(server.ended(server.alice, next).get("status").asText()).isEqualTo("COMPLETED");
  }

  @Test
  void aRunThatDoesNotRespondIsKilled() throws Exception {
    String id =
        TestServer.json(server.post(server.alice, "/v1/jobs?model=m&timeLimit=1", "hang"))
            .get("id")
            .asText();
    assertThat(server.ended(server.alice, id).get("problem").get("type").asText())
        .isEqualTo("urn:nnsight4j:problem:time-limit");
    String cancelled = server.submit(server.alice, "hang");
    server.until(server.alice, cancelled, "RUNNING");
    server.post(server.alice, "/v1/jobs/" + cancelled + "/cancel", "");
    assertThat(server.ended(server.alice, cancelled).get("status").asText()).isEqualTo("CANCELLED");
    String next = server.submit(server.alice, "echo after");
    assertThat(server.ended(server.alice, next).get("status").asText()).isEqualTo("COMPLETED");
  }

  /** Next to other processes, threads that wait must not hold the cores. */
  @Test
  void theEnvironmentHasWhatIsNeededAndNoMore() throws Exception {
    String id = server.submit(server.alice, "environment");
    server.ended(server.alice, id);
    Path file =
        Files.write(
            data.resolve("environment"),
            server.get(server.alice, "/v1/jobs/" + id + "/result").body());
    StringBuilder text = new StringBuilder();
    for (long character : Safetensors.read(file).get("echo").toLongArray()) {
      text.append((char) character);
    }
    assertThat(text.toString()).contains("GOMP_SPINCOUNT=1000");
    assertThat(System.getenv()).containsKey("NNSIGHT4J_DB_PASSWORD");
    assertThat(text.toString()).doesNotContain("NNSIGHT4J_DB_PASSWORD");
  }

  /** What native libraries print would come between the frames. */
  @Test
  void printedOutputDisturbsNothing() throws Exception {
    JsonNode job = server.ended(server.bob, server.submit(server.bob, "print"));
    assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
    assertThat(job.get("attempt").asInt()).isEqualTo(1);
  }

  /** Another attempt would do the same to the next worker. */
  @Test
  void aRunThatTakesTheHeapIsNotTriedAgain() throws Exception {
    String carol = server.key("carol", ApiKeys.Role.USER);
    JsonNode job = server.ended(carol, server.submit(carol, "fill 500"));
    assertThat(job.get("problem").get("type").asText())
        .isEqualTo("urn:nnsight4j:problem:out-of-memory");
    assertThat(job.get("attempt").asInt()).isEqualTo(1);
  }

  @Test
  void aRunThatTakesMoreThanItsWorkerHasIsEnded(@TempDir Path other) throws Exception {
    try (TestServer small =
        TestServer.start(
            other,
            options ->
                options
                    .withInProcess(false)
                    .withWorkerJvm(List.of("-Xmx64m", "-XX:MaxDirectMemorySize=4g"))
                    .withLimits(
                        Limits.USUAL
                            .with(Limit.REQUESTS_PER_SECOND, 100_000)
                            .with(Limit.WORKER_BYTES, 400L << 20)))) {
      JsonNode job = small.ended(small.alice, small.submit(small.alice, "fill 3000"));
      assertThat(job.get("problem").get("type").asText())
          .isEqualTo("urn:nnsight4j:problem:out-of-memory");
      assertThat(job.get("attempt").asInt()).isEqualTo(1);
      String next = small.submit(small.alice, "fill 50");
      assertThat(small.ended(small.alice, next).get("status").asText()).isEqualTo("COMPLETED");
    }
  }

  @Test
  @Tag("nightly")
  void aUserWhoseRunsKeepCrashingWorkersHasToWait(@TempDir Path other) throws Exception {
    try (TestServer slow = TestServer.start(other, options -> options.withInProcess(false))) {
      slow.ended(slow.alice, slow.submit(slow.alice, "crash"));
      slow.ended(slow.alice, slow.submit(slow.alice, "crash"));
      HttpResponse<byte[]> refused = slow.post(slow.alice, "/v1/jobs?model=m", "echo x");
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      slow.ended(slow.bob, slow.submit(slow.bob, "echo x"));
    }
  }

  @Test
  void aWorkerLeavesNothingInTheTemporaryFolder() throws Exception {
    String dave = server.key("dave", ApiKeys.Role.USER);
    server.ended(dave, server.submit(dave, "crash"));
    server.ended(dave, server.submit(dave, "echo x"));
    try (Stream<Path> folders = Files.walk(data.resolve("temporary"))) {
      long workers =
          folders.filter(folder -> folder.getFileName().toString().startsWith("worker-")).count();
      assertThat(workers).isAtMost(2);
    }
  }

  @Test
  void aProblemComesThroughTheProcess() throws Exception {
    JsonNode job = server.ended(server.alice, server.submit(server.alice, "fail in there"));
    assertThat(job.get("problem").get("detail").asText()).isEqualTo("in there");
    assertThat(job.get("problem").get("module").asText()).isEqualTo("transformer.h.3.mlp");
  }
}
