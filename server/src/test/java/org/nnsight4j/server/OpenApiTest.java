package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import jakarta.ws.rs.DELETE;
import jakarta.ws.rs.GET;
import jakarta.ws.rs.HEAD;
import jakarta.ws.rs.POST;
import java.lang.reflect.Method;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.http.DescriptionResource;
import org.nnsight4j.server.http.EventsResource;
import org.nnsight4j.server.http.JobsResource;
import org.nnsight4j.server.http.ModelsResource;
import org.nnsight4j.server.http.ResultResource;
import org.nnsight4j.server.http.TextsResource;
import org.nnsight4j.server.testing.ApiSchema;
import org.nnsight4j.server.testing.TestServer;

/** The description says what the server does: the same paths, and answers of the stated shape. */
final class OpenApiTest {
  @TempDir static Path data;
  private static TestServer server;
  private static ApiSchema api;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(data);
    api = ApiSchema.of(server);
  }

  @AfterAll
  static void close() {
    server.close();
  }

  @Test
  void itHasEachMethodOfTheServerAndNoOther() {
    TreeSet<String> described = new TreeSet<>();
    for (Map.Entry<String, JsonNode> path : api.json().get("paths").properties()) {
      for (String method : List.of("get", "post", "delete", "head")) {
        if (path.getValue().has(method)) {
          described.add(method.toUpperCase(Locale.ROOT) + " " + path.getKey());
        }
      }
    }
    // Those two are answered below the resources, in any load.
    TreeSet<String> served = new TreeSet<>(List.of("GET /livez", "GET /readyz"));
    for (Class<?> resource :
        List.of(
            JobsResource.class,
            EventsResource.class,
            ResultResource.class,
            ModelsResource.class,
            TextsResource.class,
            DescriptionResource.class)) {
      for (Method method : resource.getDeclaredMethods()) {
        String path = path(resource, method);
        for (var verb : List.of(GET.class, POST.class, DELETE.class, HEAD.class)) {
          if (method.isAnnotationPresent(verb)) {
            served.add(verb.getSimpleName() + " " + path);
          }
        }
      }
    }
    assertThat(described).isEqualTo(served);
  }

  private static String path(Class<?> resource, Method method) {
    jakarta.ws.rs.Path own = method.getAnnotation(jakarta.ws.rs.Path.class);
    String base = resource.getAnnotation(jakarta.ws.rs.Path.class).value();
    return (base + (own == null ? "" : "/" + own.value())).replace("//", "/");
  }

  @Test
  void answersHaveTheStatedShape() throws Exception {
    String id = server.submit(server.alice, "echo x");
    server.ended(server.alice, id);
    String failed = server.submit(server.alice, "fail x");
    server.ended(server.alice, failed);
    check("submit", server.post(server.alice, "/v1/jobs?model=m", "echo y"));
    check("submit", server.post(server.alice, "/v1/jobs", "echo y"));
    check("submit", server.post(server.alice, "/v1/jobs?model=x", "echo y"));
    check("submit", server.post(server.alice, "/v1/jobs?model=m", "nonsense"));
    check("list", server.get(server.alice, "/v1/jobs"));
    check("list", server.get(server.alice, "/v1/jobs?limit=0"));
    check("get", server.get(server.alice, "/v1/jobs/" + id));
    check("get", server.get(server.alice, "/v1/jobs/" + failed));
    check("get", server.get(server.bob, "/v1/jobs/" + id));
    check("get", server.send(HttpRequest.newBuilder(server.uri("/v1/jobs/" + id))));
    check("cancel", server.post(server.alice, "/v1/jobs/" + id + "/cancel", ""));
    check("result", server.get(server.alice, "/v1/jobs/" + id + "/result"));
    check("result", server.get(server.alice, "/v1/jobs/" + failed + "/result"));
    check("result", server.get(server.alice, "/v1/jobs/" + id + "/result", "Range", "bytes=0-1"));
    checkEvents(server.get(server.alice, "/v1/jobs/" + id + "/events"));
    checkEvents(server.get(server.alice, "/v1/jobs/" + failed + "/events"));
    check("events", server.get(server.alice, "/v1/jobs/" + id + "/events", "Last-Event-ID", "9"));
    check(
        "eventsHead",
        server.send(
            server
                .request(server.alice, "/v1/jobs/" + id + "/events")
                .method("HEAD", HttpRequest.BodyPublishers.noBody())));
    check("models", server.get(server.alice, "/v1/models"));
    check("model", server.get(server.alice, "/v1/models/m"));
    check("model", server.get(server.alice, "/v1/models/x"));
    check("live", server.send(HttpRequest.newBuilder(server.uri("/livez"))));
    check("ready", server.send(HttpRequest.newBuilder(server.uri("/readyz"))));
    check("delete", server.send(server.request(server.alice, "/v1/jobs/" + id).DELETE()));
  }

  private static void check(String operation, HttpResponse<byte[]> response) throws Exception {
    String type = response.headers().firstValue("Content-Type").orElse("none");
    String body = new String(response.body(), StandardCharsets.UTF_8);
    assertWithMessage(operation + " " + body)
        .that(api.wrong(operation, response.statusCode(), type, response.body()))
        .isEmpty();
  }

  /** The last event has the state of the job, as a request for the job would return it. */
  private static void checkEvents(HttpResponse<byte[]> response) throws Exception {
    check("events", response);
    String stream = new String(response.body(), StandardCharsets.UTF_8);
    JsonNode last = MissingNode.getInstance();
    for (String line : stream.lines().filter(line -> line.startsWith("data:")).toList()) {
      last = new ObjectMapper().readTree(line.substring("data:".length()));
      assertWithMessage(line).that(api.wrong("Event", last)).isEmpty();
    }
    JsonNode job = last.get("job");
    assertThat(job)
        .isEqualTo(TestServer.json(server.get(server.alice, "/v1/jobs/" + job.get("id").asText())));
  }
}
