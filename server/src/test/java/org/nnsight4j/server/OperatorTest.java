package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.AccessLogOptions;
import org.nnsight4j.server.options.OperatorOptions;
import org.nnsight4j.server.testing.TestServer;

/** What an operator changes and sees while the server runs. */
@Timeout(60)
final class OperatorTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  @TempDir static Path data;
  private static Path log;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    Path store = Files.createDirectories(data.resolve("store"));
    Files.createDirectories(store.resolve("tiny"));
    Files.createDirectories(data.resolve("elsewhere"));
    log = data.resolve("access.jsonl");
    server =
        TestServer.start(
            data.resolve("server"),
            options ->
                options.withOperator(
                    new OperatorOptions(
                        store, new AccessLogOptions(log, AccessLogOptions.Format.JSON, 30))));
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private static HttpResponse<byte[]> admin(String method, String path, String body)
      throws Exception {
    return server.send(
        HttpRequest.newBuilder(server.adminUri(path))
            .header("Authorization", "Bearer " + server.admin)
            .method(method, HttpRequest.BodyPublishers.ofString(body)));
  }

  private static JsonNode model(String name) throws Exception {
    return TestServer.json(server.administer("GET", "/admin/models/" + name));
  }

  private static void untilModel(String name, String member, String value) throws Exception {
    for (int i = 0; i < 1000 && !model(name).path(member).asText().equals(value); i++) {
      Thread.sleep(5);
    }
    assertThat(model(name).path(member).asText()).isEqualTo(value);
  }

  private static String body(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  @Test
  void aModelIsLoadedScaledAndUnloadedWhileOthersRun() throws Exception {
    HttpResponse<byte[]> loaded =
        admin("PUT", "/admin/models/late", "{\"kind\":\"test\",\"folder\":\"tiny\"}");
    assertWithMessage(body(loaded)).that(loaded.statusCode()).isEqualTo(201);
    assertThat(TestServer.json(loaded).get("workers").asInt()).isEqualTo(1);
    assertThat(body(server.get(server.alice, "/v1/models"))).contains("\"late\"");
    String first = submit("late", "echo x");
    assertThat(server.ended(server.alice, first).get("status").asText()).isEqualTo("COMPLETED");
    untilModel("late", "state", "READY");

    // One worker runs one job; two run two.
    String sleeps = submit("late", "sleep 60000");
    server.until(server.alice, sleeps, "RUNNING");
    String other = submit("late", "sleep 60000");
    assertThat(model("late").get("waiting").asInt()).isEqualTo(1);
    assertThat(server.administer("POST", "/admin/models/late/scale?workers=2").statusCode())
        .isEqualTo(200);
    server.until(server.alice, other, "RUNNING");
    untilModel("late", "busy", "2");
    assertThat(server.metric("nnsight4j_workers_wanted{model=\"late\"}")).isEqualTo(2);

    // Fewer workers: no run is lost, and none of those that wait gets the place.
    server.administer("POST", "/admin/models/late/scale?workers=1");
    String waits = submit("late", "echo later");
    server.post(server.alice, "/v1/jobs/" + sleeps + "/cancel", "");
    server.ended(server.alice, sleeps);
    untilModel("late", "alive", "1");
    assertThat(server.job(server.alice, waits).get("status").asText()).isEqualTo("APPROVED");

    // Unloading ends what runs, refuses what comes, and keeps what waits.
    HttpResponse<byte[]> gone = server.administer("DELETE", "/admin/models/late");
    assertThat(gone.statusCode()).isEqualTo(202);
    assertThat(TestServer.json(gone).get("state").asText()).isEqualTo("UNLOADING");
    assertThat(server.post(server.alice, "/v1/jobs?model=late", "echo x").statusCode())
        .isEqualTo(404);
    assertThat(server.job(server.alice, other).get("status").asText()).isEqualTo("RUNNING");
    server.post(server.alice, "/v1/jobs/" + other + "/cancel", "");
    assertThat(server.ended(server.alice, other).get("status").asText()).isEqualTo("CANCELLED");
    for (int i = 0; i < 1000 && !model("late").has("type"); i++) {
      Thread.sleep(5);
    }
    assertThat(model("late").get("type").asText()).endsWith("no-such-model");
    assertThat(server.metric("nnsight4j_workers{model=\"late\"}")).isNaN();

    // Loaded again, it runs what has waited.
    admin("PUT", "/admin/models/late", "{\"kind\":\"test\",\"folder\":\"tiny\"}");
    assertThat(server.ended(server.alice, waits).get("status").asText()).isEqualTo("COMPLETED");

    // Now: what runs waits again, and the workers end at once.
    String stopped = submit("late", "sleep 60000");
    server.until(server.alice, stopped, "RUNNING");
    server.administer("DELETE", "/admin/models/late?now=true");
    assertThat(server.until(server.alice, stopped, "APPROVED").get("attempt").asInt()).isEqualTo(0);
    server.post(server.alice, "/v1/jobs/" + stopped + "/cancel", "");
    String audit = Files.readString(data.resolve("server/audit.jsonl"));
    assertThat(audit).contains("\"what\":\"load\"");
    assertThat(audit).contains("\"what\":\"scale\"");
    assertThat(audit).contains("\"what\":\"unload\"");
  }

  private static String submit(String model, String text) throws Exception {
    HttpResponse<byte[]> response = server.post(server.alice, "/v1/jobs?model=" + model, text);
    assertWithMessage(body(response)).that(response.statusCode()).isEqualTo(202);
    return TestServer.json(response).get("id").asText();
  }

  @Test
  void onlyFoldersOfTheStoreAreLoaded() throws Exception {
    for (String folder : List.of("../elsewhere", data.resolve("elsewhere").toString(), "none")) {
      HttpResponse<byte[]> refused =
          admin("PUT", "/admin/models/x", "{\"folder\":\"" + folder + "\",\"kind\":\"test\"}");
      assertWithMessage(body(refused)).that(refused.statusCode()).isEqualTo(422);
      assertThat(body(refused)).contains("expected a folder of the model store");
    }
    assertThat(body(admin("PUT", "/admin/models/x", "{\"folder\":\"tiny\"}")))
        .contains("not-loaded");
    assertThat(body(admin("PUT", "/admin/models/m", "{\"folder\":\"tiny\",\"kind\":\"test\"}")))
        .contains("model-loaded");
    assertThat(body(admin("PUT", "/admin/models/x", "{\"folder\":\"tiny\",\"worker\":2}")))
        .contains("found 'worker'");
    assertThat(body(admin("PUT", "/admin/models/x", "{\"folder\":\"tiny\",\"workers\":0}")))
        .contains("a number from 1 to 64 as 'workers', found 0");
    assertThat(body(admin("PUT", "/admin/models/x", "{\"folder\":\"tiny\",\"dtype\":\"int8\"}")))
        .contains("float32 or bfloat16 as 'dtype'");
    assertThat(server.administer("POST", "/admin/models/m/scale").statusCode()).isEqualTo(400);
    assertThat(server.administer("POST", "/admin/models/x/scale?workers=2").statusCode())
        .isEqualTo(404);
    assertThat(server.administer("DELETE", "/admin/models/x").statusCode()).isEqualTo(404);
    assertThat(server.administer("DELETE", "/admin/models/m?now=yes").statusCode()).isEqualTo(400);
  }

  private static String key(String quota) throws Exception {
    HttpResponse<byte[]> made =
        admin("POST", "/admin/keys", "{\"owner\":\"quotas\",\"quota\":" + quota + "}");
    assertWithMessage(body(made)).that(made.statusCode()).isEqualTo(201);
    return TestServer.json(made).get("key").asText();
  }

  private static String refusal(String key) throws Exception {
    HttpResponse<byte[]> response = server.post(key, "/v1/jobs?model=m", "echo x");
    if (response.statusCode() == 202) {
      server.ended(key, TestServer.json(response).get("id").asText());
      return "";
    }
    assertThat(response.statusCode()).isEqualTo(429);
    assertThat(response.headers().firstValue("Retry-After")).isPresent();
    return TestServer.json(response).get("quota").asText();
  }

  @Test
  void aKeyHasQuotas() throws Exception {
    String daily = key("{\"jobsPerDay\":2}");
    assertThat(List.of(refusal(daily), refusal(daily), refusal(daily)))
        .containsExactly("", "", "jobsPerDay")
        .inOrder();
    String bytes = key("{\"storedBytes\":1}");
    assertThat(List.of(refusal(bytes), refusal(bytes))).containsExactly("", "storedBytes");
    String seconds = key("{\"secondsPerDay\":1}");
    HttpResponse<byte[]> sleeps = server.post(seconds, "/v1/jobs?model=m", "sleep 1010");
    server.ended(seconds, TestServer.json(sleeps).get("id").asText());
    assertThat(refusal(seconds)).isEqualTo("secondsPerDay");
    String few = key("{\"unfinished\":1}");
    HttpResponse<byte[]> runs = server.post(few, "/v1/jobs?model=m", "sleep 60000");
    String id = TestServer.json(runs).get("id").asText();
    assertThat(refusal(few)).isEqualTo("unfinished");
    // Another key of the same owner has its own.
    assertThat(refusal(key("{}"))).isEmpty();
    server.post(few, "/v1/jobs/" + id + "/cancel", "");
    server.ended(few, id);
    assertThat(refusal(few)).isEmpty();

    String dailyId = daily.substring(4, 14);
    JsonNode shown = null;
    for (JsonNode each : TestServer.json(server.administer("GET", "/admin/keys")).get("keys")) {
      shown = each.get("id").asText().equals(dailyId) ? each : shown;
    }
    assertThat(shown).isNotNull();
    assertThat(shown.get("quota").get("jobsPerDay").asInt()).isEqualTo(2);
    assertThat(shown.get("used").get("jobsToday").asInt()).isEqualTo(2);
    assertThat(admin("PUT", "/admin/keys/" + dailyId + "/quota", "{\"jobsPerDay\":3}").statusCode())
        .isEqualTo(204);
    assertThat(List.of(refusal(daily), refusal(daily))).containsExactly("", "jobsPerDay").inOrder();
    assertThat(admin("PUT", "/admin/keys/" + dailyId + "/quota", "{\"jobs\":3}").statusCode())
        .isEqualTo(400);
  }

  @Test
  void aRequestHasAnIdInItsAnswerJobProblemAndLog() throws Exception {
    HttpResponse<byte[]> accepted =
        server.post(server.alice, "/v1/jobs?model=m", "echo secret-prompt", "X-Request-Id", "my-1");
    assertThat(accepted.headers().firstValue("X-Request-Id")).hasValue("my-1");
    String id = TestServer.json(accepted).get("id").asText();
    assertThat(server.ended(server.alice, id).get("requestId").asText()).isEqualTo("my-1");
    HttpResponse<byte[]> refused =
        server.post(server.alice, "/v1/jobs?model=none", "echo x", "X-Request-Id", "my-2");
    assertThat(TestServer.json(refused).get("requestId").asText()).isEqualTo("my-2");
    // What could harm a log is replaced by an id of the server.
    HttpResponse<byte[]> hostile = server.get(server.alice, "/v1/jobs", "X-Request-Id", "a b\"}");
    assertThat(hostile.headers().firstValue("X-Request-Id").orElse("")).matches("[0-9a-f-]{36}");
    HttpResponse<byte[]> nobody = server.send(HttpRequest.newBuilder(server.uri("/v1/jobs")));
    assertThat(TestServer.json(nobody).get("requestId").asText())
        .isEqualTo(nobody.headers().firstValue("X-Request-Id").orElse(""));

    List<JsonNode> lines = new ArrayList<>();
    for (int i = 0; i < 200 && lines.stream().noneMatch(each -> is(each, "my-2")); i++) {
      Thread.sleep(5);
      lines.clear();
      for (String line : Files.readAllLines(log)) {
        lines.add(MAPPER.readTree(line));
      }
    }
    JsonNode line = lines.stream().filter(each -> is(each, "my-1")).findFirst().orElseThrow();
    assertThat(line.get("status").asInt()).isEqualTo(202);
    assertThat(line.get("method").asText()).isEqualTo("POST");
    assertThat(line.get("path").asText()).isEqualTo("/v1/jobs?model=m");
    assertThat(line.get("owner").asText()).isEqualTo("alice");
    assertThat(line.get("job").asText()).isEqualTo(id);
    assertThat(line.get("address").asText()).isEqualTo("127.0.0.1");
    assertThat(line.get("ms").asDouble()).isGreaterThan(0);
    assertThat(line.get("bytes").asLong()).isEqualTo(accepted.body().length);
    String all = Files.readString(log);
    assertThat(all).doesNotContain(server.alice.substring(15));
    assertThat(all).doesNotContain("secret-prompt");
    assertThat(all).doesNotContain("/livez");
  }

  private static boolean is(JsonNode line, String requestId) {
    return line.get("requestId").asText().equals(requestId);
  }
}
