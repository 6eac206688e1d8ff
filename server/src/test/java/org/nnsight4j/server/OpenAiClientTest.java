package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.Output;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.store.Quota;
import org.nnsight4j.server.testing.ApiSchema;
import org.nnsight4j.server.testing.ChatServer;
import org.nnsight4j.server.testing.TestServer;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/**
 * Requests of OpenAI's official Python client, as tools/reference/openai_client.py has recorded
 * them, get what that client has understood; numbers are those of the same runs here.
 */
final class OpenAiClientTest {
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final String TEXT = "The Eiffel Tower is in the city of";
  private static final int WIDTH = 128;
  private static final float TOLERANCE = 1e-5f;

  @TempDir static Path data;
  private static TestServer server;
  private static LanguageModel<Gpt2> gpt2;
  private static ApiSchema api;

  @BeforeAll
  static void start() throws Exception {
    server = ChatServer.start(data);
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
    api = ApiSchema.of(server);
  }

  @AfterAll
  static void close() {
    gpt2.close();
    server.close();
  }

  private static HttpResponse<byte[]> ask(String key, String path, JsonNode body, String... headers)
      throws IOException {
    HttpResponse<byte[]> response = server.post(key, path, body.toString(), headers);
    described(path, response);
    return response;
  }

  /** An answer as the description of the server states it. */
  private static void described(String path, HttpResponse<byte[]> response) throws IOException {
    String operation =
        path.endsWith("embeddings") ? "embed" : path.contains("chat") ? "chat" : "complete";
    String type = response.headers().firstValue("Content-Type").orElse("none");
    assertThat(api.wrong(operation, response.statusCode(), type, response.body())).isEmpty();
  }

  private static JsonNode answered(String path, JsonNode body) throws IOException {
    HttpResponse<byte[]> response = ask(server.alice, path, body);
    JsonNode json = TestServer.json(response);
    assertWithMessage(json.toString()).that(response.statusCode()).isEqualTo(200);
    return json;
  }

  private static ObjectNode completion(int tokens) {
    return MAPPER
        .createObjectNode()
        .put("model", "chat")
        .put("prompt", TEXT)
        .put("temperature", 0)
        .put("max_tokens", tokens);
  }

  private static ArrayNode numbers(float[] vector) {
    ArrayNode json = MAPPER.createArrayNode();
    for (float number : vector) {
      json.add(number);
    }
    return json;
  }

  private static float[] floats(JsonNode json) {
    if (json.isTextual()) {
      ByteBuffer bytes =
          ByteBuffer.wrap(Base64.getDecoder().decode(json.textValue()))
              .order(ByteOrder.LITTLE_ENDIAN);
      float[] all = new float[bytes.remaining() / Float.BYTES];
      bytes.asFloatBuffer().get(all);
      return all;
    }
    float[] all = new float[json.size()];
    for (int i = 0; i < all.length; i++) {
      all[i] = json.get(i).floatValue();
    }
    return all;
  }

  /** The JSON of the events of a stream, which ends as the client expects. */
  private static List<JsonNode> events(byte[] body) throws IOException {
    List<JsonNode> events = new ArrayList<>();
    List<String> lines =
        new String(body, StandardCharsets.UTF_8)
            .lines()
            .filter(line -> line.startsWith("data:"))
            .map(line -> line.substring(5).strip())
            .toList();
    assertThat(lines.get(lines.size() - 1)).isEqualTo("[DONE]");
    for (String line : lines.subList(0, lines.size() - 1)) {
      events.add(MAPPER.readTree(line));
    }
    return events;
  }

  private static String content(JsonNode json) {
    JsonNode choice = json.path("choices").path(0);
    for (String place : List.of("/message/content", "/delta/content", "/text")) {
      if (choice.at(place).isTextual()) {
        return choice.at(place).textValue();
      }
    }
    return "";
  }

  @Test
  void recordedRequestsGetWhatTheClientUnderstood() throws Exception {
    JsonNode recorded;
    try (InputStream in = OpenAiClientTest.class.getResourceAsStream("openai-client.json")) {
      recorded = MAPPER.readTree(in);
    }
    for (JsonNode each : recorded.get("requests")) {
      List<String> headers = new ArrayList<>();
      for (Map.Entry<String, JsonNode> header : each.get("headers").properties()) {
        headers.addAll(List.of(header.getKey(), header.getValue().textValue()));
      }
      HttpResponse<byte[]> response =
          ask(
              server.alice,
              each.get("path").textValue(),
              each.get("body"),
              headers.toArray(String[]::new));
      String said =
          each.get("body") + " gave " + new String(response.body(), StandardCharsets.UTF_8);
      if (each.has("param")) {
        assertWithMessage(said).that(response.statusCode()).isEqualTo(400);
        JsonNode error = TestServer.json(response).get("error");
        assertThat(error.get("param")).isEqualTo(each.get("param"));
        assertThat(error.get("type").textValue()).isEqualTo("invalid_request_error");
        assertThat(error.get("message").textValue()).contains("expected");
        continue;
      }
      assertWithMessage(said).that(response.statusCode()).isEqualTo(200);
      boolean streams = each.at("/body/stream").asBoolean();
      if (each.has("content")) {
        StringBuilder text = new StringBuilder();
        for (JsonNode event :
            streams ? events(response.body()) : List.of(TestServer.json(response))) {
          text.append(content(event));
        }
        assertWithMessage(said).that(text.toString()).isEqualTo(each.get("content").textValue());
      } else if (each.has("embedding")) {
        assertThat(floats(TestServer.json(response).at("/data/0/embedding")))
            .usingTolerance(TOLERANCE)
            .containsExactly(floats(each.get("embedding")))
            .inOrder();
      }
    }
    assertThat(recorded.get("requests").size()).isEqualTo(20);
  }

  @Test
  void modelsAreListedAsTheClientReadsThem() throws Exception {
    JsonNode list = TestServer.json(server.get(server.alice, "/v1/models"));
    assertThat(list.get("object").textValue()).isEqualTo("list");
    assertThat(list.at("/data/0/id").textValue()).isEqualTo("chat");
    assertThat(list.at("/data/0/object").textValue()).isEqualTo("model");
    JsonNode one = TestServer.json(server.get(server.alice, "/v1/models/chat"));
    assertThat(one.get("id").textValue()).isEqualTo("chat");
    assertThat(one.get("owned_by").textValue()).isNotEmpty();
  }

  /** The new text of a completion is that of the same run here. */
  @Test
  void aCompletionIsTheRunOfThisLibrary() throws Exception {
    JsonNode answer = answered("/v1/completions", completion(12));
    assertThat(content(answer)).isEqualTo(continued(12, new float[WIDTH], 0));
    assertThat(answer.at("/usage/prompt_tokens").intValue())
        .isEqualTo(gpt2.tokenizer().encode(TEXT).length);
    assertThat(answer.at("/choices/0/finish_reason").textValue()).isEqualTo("stop");
    JsonNode shorter = answered("/v1/completions", completion(2));
    assertThat(shorter.at("/choices/0/finish_reason").textValue()).isEqualTo("length");
    assertThat(shorter.at("/usage/completion_tokens").intValue()).isEqualTo(2);
  }

  private static String continued(int tokens, float[] direction, int layer) {
    ControlVector vector =
        ControlVector.of("gpt2", Map.of(layer, Tensor.of(direction, direction.length)));
    Output output =
        gpt2.generate(
            Options.maxNewTokens(tokens).doSample(false),
            generator -> {
              try (Invoker<Gpt2> invoker = generator.invoke(TEXT)) {
                invoker.add(vector);
              }
            });
    long[] ids = output.sequences().get(0).newIds();
    return gpt2.tokenizer().decode(ids);
  }

  private static float[] direction(double size) {
    float[] direction = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      direction[i] = (float) (size * Math.sin(i + 1));
    }
    return direction;
  }

  @Test
  void steeringProbesAndCapturesAreOfTheSamePass() throws Exception {
    int tokens = 5;
    float[] direction = direction(3);
    float[] weights = direction(0.1);
    ObjectNode request = completion(tokens);
    ObjectNode extra = request.putObject("nnsight4j");
    extra
        .putArray("steering")
        .addObject()
        .put("layer", -3)
        .put("coefficient", 2)
        .set("vector", numbers(direction));
    extra
        .putArray("probes")
        .addObject()
        .put("name", "truth")
        .put("layer", 2)
        .put("bias", 0.5)
        .set("weights", numbers(weights));
    ObjectNode capture = extra.putObject("capture");
    capture.putArray("sites").add("transformer.h.2.output").add("blocks.3.hook_resid_pre");
    capture.putObject("window").put("from", -2).put("generated", true);
    JsonNode answer = answered("/v1/completions", request);

    float[] doubled = direction(6);
    ControlVector vector = ControlVector.of("gpt2", Map.of(1, Tensor.of(doubled, WIDTH)));
    long[] prompt = gpt2.tokenizer().encode(TEXT);
    String text = content(answer);
    assertThat(text).isEqualTo(continued(tokens, doubled, 1));
    assertThat(text).isNotEqualTo(continued(tokens, new float[WIDTH], 1));
    try (var generator = gpt2.generate(Options.maxNewTokens(tokens).doSample(false))) {
      List<Saved<?>> saved = new ArrayList<>();
      generator.invoke(
          TEXT,
          invoker -> {
            invoker.add(vector);
            invoker
                .allSteps()
                .forEach(model -> saved.add(model.transformer().h(2).output(0).save()));
          });
      generator.run();
      List<float[]> rows = new ArrayList<>();
      for (Tensor step : saved.get(0).values()) {
        float[] all = step.toFloatArray();
        for (int at = 0; at < all.length; at += WIDTH) {
          rows.add(Arrays.copyOfRange(all, at, at + WIDTH));
        }
      }
      assertThat(rows).hasSize(prompt.length + tokens - 1);
      JsonNode told = answer.get("nnsight4j");
      JsonNode scores = told.at("/probes/0/scores");
      assertThat(scores.size()).isEqualTo(rows.size());
      assertThat(told.at("/probes/0/positions/0").intValue()).isEqualTo(0);
      for (int i = 0; i < rows.size(); i++) {
        double score = 0.5;
        for (int j = 0; j < WIDTH; j++) {
          score += (double) weights[j] * rows.get(i)[j];
        }
        assertThat(scores.get(i).doubleValue()).isWithin(1e-3).of(score);
      }
      for (int site = 0; site < 2; site++) {
        JsonNode captured = told.at("/captured/" + site);
        assertThat(captured.get("values").size()).isEqualTo(2 + tokens - 1);
        for (int i = 0; i < captured.get("values").size(); i++) {
          int position = captured.at("/positions/" + i).intValue();
          assertThat(position).isEqualTo(prompt.length - 2 + i);
          assertThat(floats(captured.at("/values/" + i)))
              .usingTolerance(1e-4)
              .containsExactly(rows.get(position))
              .inOrder();
        }
      }
      boolean writes = false;
      for (JsonNode entry : told.get("receipt")) {
        assertThat(entry.get("fired").intValue()).isGreaterThan(0);
        writes |=
            entry.get("kind").textValue().equals("write")
                && entry.get("fired").intValue() == tokens
                && entry.get("change").doubleValue() > 1;
      }
      assertThat(writes).isTrue();
    }
  }

  @Test
  void editsScaleSetAndClear() throws Exception {
    String plain = content(answered("/v1/completions", completion(8)));
    List<String> texts = new ArrayList<>();
    for (String operation : List.of("zero", "scale", "set")) {
      ObjectNode request = completion(8);
      ObjectNode edit = request.putObject("nnsight4j").putArray("edits").addObject();
      edit.put("site", "transformer.h.1.output").put("operation", operation);
      if (operation.equals("scale")) {
        edit.put("factor", 0);
      } else if (operation.equals("set")) {
        edit.set("vector", numbers(new float[WIDTH]));
      }
      texts.add(content(answered("/v1/completions", request)));
    }
    // Three ways to write zeros.
    assertThat(texts.stream().distinct().toList()).hasSize(1);
    assertThat(texts.get(0)).isNotEqualTo(plain);
    ObjectNode nothing = completion(8);
    nothing
        .putObject("nnsight4j")
        .putArray("edits")
        .addObject()
        .put("site", "transformer.h.1.output")
        .put("operation", "scale")
        .put("factor", 1);
    assertThat(content(answered("/v1/completions", nothing))).isEqualTo(plain);
  }

  @Test
  void embeddingsAreMeansOverTheTokensOfEachText() throws Exception {
    List<String> texts = List.of(TEXT, "A tower");
    ObjectNode request = MAPPER.createObjectNode().put("model", "chat");
    request.set("input", MAPPER.valueToTree(texts));
    request.putObject("nnsight4j").put("layer", 2).put("normalize", false);
    JsonNode answer = answered("/v1/embeddings", request);
    int tokens = 0;
    for (int row = 0; row < texts.size(); row++) {
      float[] all =
          gpt2.trace(texts.get(row), model -> model.transformer().h(2).output(0).save())
              .value()
              .toFloatArray();
      int length = all.length / WIDTH;
      tokens += length;
      float[] mean = new float[WIDTH];
      for (int i = 0; i < all.length; i++) {
        mean[i % WIDTH] += all[i] / length;
      }
      assertThat(floats(answer.at("/data/%s/embedding".formatted(row))))
          .usingTolerance(1e-4)
          .containsExactly(mean)
          .inOrder();
    }
    assertThat(answer.at("/usage/prompt_tokens").intValue()).isEqualTo(tokens);
  }

  /** A stop string is in no piece, and neither is its beginning. */
  @Test
  void aStreamedTextEndsBeforeTheStopString() throws Exception {
    String whole = content(answered("/v1/completions", completion(12)));
    String stop = whole.substring(3, 5);
    ObjectNode request = completion(12).put("stream", true).put("stop", stop);
    HttpResponse<byte[]> response = ask(server.alice, "/v1/completions", request);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    StringBuilder text = new StringBuilder();
    String reason = "";
    for (JsonNode event : events(response.body())) {
      text.append(content(event));
      reason += event.at("/choices/0/finish_reason").asText("null").replace("null", "");
    }
    assertThat(text.toString()).isEqualTo(whole.substring(0, whole.indexOf(stop)));
    assertThat(reason).isEqualTo("stop");
  }

  /** They have the same keys, quotas and records as other jobs, and are kept like them. */
  @Test
  void theyAreJobs() throws Exception {
    HttpResponse<byte[]> none =
        server.send(
            HttpRequest.newBuilder(server.uri("/v1/completions"))
                .POST(HttpRequest.BodyPublishers.ofString(completion(1).toString())));
    assertThat(none.statusCode()).isEqualTo(401);
    assertThat(TestServer.json(none).at("/error/code").textValue()).isEqualTo("no-key");
    String key =
        server
            .server
            .keys()
            .create(
                "dora", "test", Role.USER, Priority.NORMAL, null, new Quota(null, 1L, null, null))
            .text();
    HttpResponse<byte[]> first = ask(key, "/v1/completions", completion(1));
    assertThat(first.statusCode()).isEqualTo(200);
    HttpResponse<byte[]> second = ask(key, "/v1/completions", completion(1));
    assertThat(second.statusCode()).isEqualTo(429);
    assertThat(TestServer.json(second).at("/error/code").textValue()).isEqualTo("over-quota");
    JsonNode jobs = TestServer.json(server.get(key, "/v1/jobs")).get("jobs");
    assertThat(jobs.size()).isEqualTo(1);
    String id = jobs.get(0).get("id").textValue();
    assertThat(TestServer.json(first).get("id").textValue()).isEqualTo("cmpl-" + id);
    assertThat(server.get(key, "/v1/jobs/" + id + "/result").statusCode()).isEqualTo(200);
    assertThat(Files.readString(data.resolve("audit.jsonl"))).contains(id);
  }

  @Test
  void whatTheModelCannotDoIsRefused() throws Exception {
    refused("/v1/completions", completion(1).put("model", "other"), 404, "no-such-model", null);
    refused("/v1/completions", completion(200), 400, "bad-graph", null);
    refused("/v1/completions", completion(1).put("echo", true), 400, "bad-request", "echo");
    refused("/v1/completions", completion(1).put("n", 2), 400, "bad-request", "n");
    ObjectNode vectors = completion(1);
    vectors.putArray("prompt").addArray().add(99_999);
    refused("/v1/completions", vectors, 400, "bad-request", "prompt[0][0]");
    ObjectNode long2 = completion(1).put("prompt", "tower ".repeat(200));
    refused("/v1/completions", long2, 400, "bad-request", "prompt");
    ObjectNode attention = completion(1);
    attention
        .putObject("nnsight4j")
        .putObject("capture")
        .putArray("sites")
        .add("blocks.0.attn.hook_pattern");
    refused("/v1/completions", attention, 400, "bad-request", "nnsight4j.capture.sites[0]");
    ObjectNode embedding =
        MAPPER.createObjectNode().put("model", "chat").put("input", "x").put("dimensions", 8);
    refused("/v1/embeddings", embedding, 400, "bad-request", "dimensions");
  }

  private static void refused(String path, JsonNode body, int status, String code, String param)
      throws IOException {
    HttpResponse<byte[]> response = ask(server.alice, path, body);
    JsonNode error = TestServer.json(response).path("error");
    assertWithMessage(error.toString()).that(response.statusCode()).isEqualTo(status);
    assertThat(error.path("code").textValue()).isEqualTo(code);
    assertThat(error.path("param").isNull() ? null : error.path("param").textValue())
        .isEqualTo(param);
    assertThat(error.get("message").textValue().toLowerCase(Locale.ROOT)).isNotEmpty();
  }

  /**
   * Nobody would read the rest. The model runs nothing, so that the job can end in no other way.
   */
  @Test
  void aReaderThatGoesAwayEndsItsJob() throws Exception {
    assertThat(server.administer("POST", "/admin/models/chat/pause").statusCode()).isEqualTo(204);
    try {
      String body = completion(119).put("stream", true).toString();
      HttpResponse<InputStream> response =
          server.http.send(
              server
                  .request(server.bob, "/v1/completions")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              HttpResponse.BodyHandlers.ofInputStream());
      String id = TestServer.json(server.get(server.bob, "/v1/jobs")).at("/jobs/0/id").textValue();
      assertThat(server.job(server.bob, id).get("status").textValue())
          .isAnyOf("RECEIVED", "APPROVED");
      response.body().close();
      assertThat(server.ended(server.bob, id).get("status").textValue()).isEqualTo("CANCELLED");
    } finally {
      server.administer("POST", "/admin/models/chat/resume");
    }
  }
}
