package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.GraphServer;
import org.nnsight4j.server.testing.TestServer;

/** A worker process that batches unlike requests of several users. */
final class BatchedRunsTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final int WIDTH = 128;
  private static final int TOKENS = 100;

  @TempDir static Path data;
  private static TestServer server;
  private final ExecutorService users = Executors.newCachedThreadPool();

  @BeforeAll
  static void start() throws Exception {
    String directory = EmbeddedGpt2.directory().toString();
    List<ModelSpec> models = List.of(new ModelSpec("m", GraphKind.NAME, directory, 1));
    server =
        TestServer.start(
            data,
            options ->
                ServerOptions.local(data, models)
                    .withListen(TestServer.ANY_PORT)
                    .withWorkerJvm(
                        List.of(GraphServer.sameThreads(), "-Xmx1g", "-XX:TieredStopAtLevel=1"))
                    .withBatchRows(8)
                    .withLimits(Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 100_000)));
    // On a busy machine it starts for longer than a request may take.
    while (metric("nnsight4j_workers") < 1) {
      Thread.sleep(20);
    }
  }

  @AfterAll
  static void close() {
    server.close();
  }

  /** Each has another text, length and way to choose; a probe brings the receipt. */
  private static List<ObjectNode> requests() {
    List<ObjectNode> requests = new ArrayList<>();
    String text = "The Eiffel Tower is in the city of Paris, and the capital of Italy is Rome.";
    for (int i = 0; i < 6; i++) {
      ObjectNode request =
          MAPPER
              .createObjectNode()
              .put("model", "m")
              .put("prompt", text.substring(0, 10 + 6 * i))
              .put("max_tokens", TOKENS - 7 * i)
              .put("seed", i);
      request.put("temperature", i % 2 == 0 ? 0.0 : 1.1);
      ObjectNode extra = request.putObject("nnsight4j");
      ObjectNode probe = extra.putArray("probes").addObject().put("name", "p").put("layer", 2);
      ArrayNode weights = probe.putArray("weights");
      for (int j = 0; j < WIDTH; j++) {
        weights.add(Math.sin(i + j) / 10);
      }
      if (i == 4) {
        ObjectNode edit = extra.putArray("edits").addObject();
        edit.put("site", "transformer.h.1.output").put("operation", "scale").put("factor", 1.3);
      }
      requests.add(request);
    }
    return requests;
  }

  private static JsonNode answer(String key, JsonNode request) throws IOException {
    HttpResponse<byte[]> response = server.post(key, "/v1/completions", request.toString());
    JsonNode json = TestServer.json(response);
    assertWithMessage(json.toString()).that(response.statusCode()).isEqualTo(200);
    return json;
  }

  private List<Future<JsonNode>> atOnce(List<ObjectNode> requests) {
    List<Future<JsonNode>> answers = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      String key = i % 2 == 0 ? server.alice : server.bob;
      ObjectNode request = requests.get(i);
      answers.add(users.submit(() -> answer(key, request)));
    }
    return answers;
  }

  private static String text(JsonNode answer) {
    return answer.at("/choices/0/text").textValue();
  }

  private static String batched(JsonNode answer) {
    for (JsonNode entry : answer.at("/nnsight4j/receipt")) {
      if (entry.has("batched")) {
        return entry.get("batched").textValue();
      }
    }
    return "";
  }

  private static void assertSame(JsonNode expected, JsonNode found) {
    assertThat(text(found)).isEqualTo(text(expected));
    JsonNode scores = expected.at("/nnsight4j/probes/0/scores");
    JsonNode other = found.at("/nnsight4j/probes/0/scores");
    assertThat(other.size()).isEqualTo(scores.size());
    for (int i = 0; i < scores.size(); i++) {
      assertThat(other.get(i).doubleValue()).isWithin(1e-4).of(scores.get(i).doubleValue());
    }
  }

  /** The metric with the label of the model. */
  private static double metric(String name) throws IOException {
    return server.metric(name + "{model=\"m\"}");
  }

  @Test
  void unlikeRequestsShareTokensAndKeepTheirAnswers() throws Exception {
    List<JsonNode> alone = new ArrayList<>();
    for (ObjectNode request : requests()) {
      alone.add(answer(server.alice, request));
    }
    assertThat(batched(alone.get(0))).isEqualTo("alone because no other run was there");
    List<Future<JsonNode>> together = atOnce(requests());
    int joined = 0;
    for (int i = 0; i < together.size(); i++) {
      JsonNode found = together.get(i).get();
      assertSame(alone.get(i), found);
      joined += batched(found).startsWith("batched with up to ") ? 1 : 0;
    }
    assertThat(joined).isAtLeast(2);
    assertThat(metric("nnsight4j_batch_jobs_count")).isAtLeast(12.0);
    assertThat(metric("nnsight4j_batch_jobs_max")).isAtLeast(2.0);
    assertThat(metric("nnsight4j_batched")).isEqualTo(0.0);
  }

  /** One user takes back a job, and one asks for a pass that cannot be batched. */
  @Test
  void aCancelledJobAndALonelyOneLeaveTheOthersAsTheyAre() throws Exception {
    List<ObjectNode> requests = requests();
    JsonNode expected = answer(server.alice, requests.get(0));
    String carol = server.key("carol", org.nnsight4j.server.store.ApiKeys.Role.USER);
    Future<HttpResponse<byte[]>> cancelled =
        users.submit(() -> server.post(carol, "/v1/completions", requests.get(2).toString()));
    List<Future<JsonNode>> others = atOnce(List.of(requests.get(0), requests.get(0)));
    String id = null;
    while (id == null) {
      id = TestServer.json(server.get(carol, "/v1/jobs")).at("/jobs/0/id").textValue();
    }
    HttpResponse<byte[]> deleted =
        server.send(server.request(carol, "/v1/jobs/" + id + "/cancel").POST(nothing()));
    assertThat(deleted.statusCode()).isLessThan(300);
    ObjectNode embedding = MAPPER.createObjectNode().put("model", "m").put("input", "a tower");
    HttpResponse<byte[]> lonely = server.post(server.bob, "/v1/embeddings", embedding.toString());
    assertThat(lonely.statusCode()).isEqualTo(200);
    for (Future<JsonNode> other : others) {
      assertSame(expected, other.get());
    }
    assertThat(server.ended(carol, id).get("status").textValue()).isAnyOf("CANCELLED", "COMPLETED");
    assertThat(new String(cancelled.get().body(), StandardCharsets.UTF_8)).isNotEmpty();
  }

  private static java.net.http.HttpRequest.BodyPublisher nothing() {
    return java.net.http.HttpRequest.BodyPublishers.noBody();
  }

  /** Those that lost their worker run again, each alone. */
  @Test
  void aWorkerThatIsKilledCostsAnAttemptAndNoJob() throws Exception {
    List<ObjectNode> requests = requests();
    List<JsonNode> expected = new ArrayList<>();
    for (ObjectNode request : requests.subList(0, 3)) {
      expected.add(answer(server.alice, request));
    }
    List<Future<JsonNode>> answers = atOnce(requests.subList(0, 3));
    while (metric("nnsight4j_batched") < 2 && answers.stream().noneMatch(Future::isDone)) {
      Thread.onSpinWait();
    }
    ProcessHandle.current()
        .children()
        .filter(child -> child.info().commandLine().orElse("").contains("WorkerMain"))
        .forEach(ProcessHandle::destroyForcibly);
    for (int i = 0; i < answers.size(); i++) {
      assertSame(expected.get(i), answers.get(i).get());
    }
  }
}
