package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.testing.TestServer;

/** Server-sent events: in order, without holes, resumable, and with an end. */
@Timeout(60)
final class EventStreamTest {
  @TempDir Path data;

  @Test
  void eventsComeAsTheyHappenAndEnd() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      // Only connected watchers get progress, and the first stream of a server takes time to open.
      server.model("pause");
      String id = server.submit(server.alice, "steps 5 10");
      HttpRequest request = server.request(server.alice, "/v1/jobs/" + id + "/events").build();
      var stream = server.http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      server.model("resume");
      String events = new String(stream.body().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(states(events))
          .containsExactly("RECEIVED", "APPROVED", "RUNNING", "COMPLETED")
          .inOrder();
      assertThat(ids(events)).containsExactly("1", "2", "3", "4").inOrder();
      assertThat(events).contains("\"done\":5,\"total\":5,\"text\":\"step\"");
    }
  }

  @Test
  void aStreamResumesAfterTheLastEventSeen() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      String id = server.submit(server.alice, "echo x");
      server.ended(server.alice, id);
      String rest = events(server, id, "Last-Event-ID", "2");
      assertThat(states(rest)).containsExactly("RUNNING", "COMPLETED").inOrder();
      assertThat(
              server
                  .get(server.alice, "/v1/jobs/" + id + "/events", "Last-Event-ID", "4")
                  .statusCode())
          .isEqualTo(204);
      assertThat(
              server
                  .get(server.alice, "/v1/jobs/" + id + "/events", "Last-Event-ID", "x")
                  .statusCode())
          .isEqualTo(400);
    }
  }

  @Test
  void theStreamsOfAUserAreLimited() throws Exception {
    try (TestServer server =
        TestServer.start(
            data,
            options -> options.withLimits(options.limits().with(Limit.STREAMS_PER_USER, 1)))) {
      String id = server.submit(server.alice, "sleep 60000");
      String path = "/v1/jobs/" + id + "/events";
      HttpRequest request = server.request(server.alice, path).build();
      var open = server.http.send(request, HttpResponse.BodyHandlers.ofInputStream());
      assertThat(open.statusCode()).isEqualTo(200);
      assertThat(server.get(server.alice, path).statusCode()).isEqualTo(429);
      String other = server.submit(server.bob, "echo x");
      assertThat(server.get(server.bob, "/v1/jobs/" + other + "/result").statusCode())
          .isNotEqualTo(429);
      server.post(server.alice, "/v1/jobs/" + id + "/cancel", "");
      open.body().readAllBytes();
      server.ended(server.alice, id);
      assertThat(states(events(server, id))).contains("CANCELLED");
    }
  }

  @Test
  void headersOfAStreamComeWithoutWaitingForIt() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      String id = server.submit(server.alice, "sleep 60000");
      String path = "/v1/jobs/" + id + "/events";
      assertThat(head(server, server.alice, path).statusCode()).isEqualTo(200);
      assertThat(head(server, server.alice, path).headers().firstValue("Content-Type"))
          .hasValue("text/event-stream");
      assertThat(head(server, server.bob, path).statusCode()).isEqualTo(404);
      server.post(server.alice, "/v1/jobs/" + id + "/cancel", "");
    }
  }

  private static HttpResponse<byte[]> head(TestServer server, String key, String path)
      throws Exception {
    return server.send(
        server.request(key, path).method("HEAD", HttpRequest.BodyPublishers.noBody()));
  }

  private static String events(TestServer server, String id, String... headers) throws Exception {
    var response = server.get(server.alice, "/v1/jobs/" + id + "/events", headers);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.headers().firstValue("Content-Type").orElse(""))
        .startsWith("text/event-stream");
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  private static List<String> states(String events) {
    return Pattern.compile("\"number\":\\d+,\"status\":\"(\\w+)\"")
        .matcher(events)
        .results()
        .map(match -> match.group(1))
        .toList();
  }

  private static List<String> ids(String events) {
    return Pattern.compile("(?m)^id: ?(\\d+)$")
        .matcher(events)
        .results()
        .map(match -> match.group(1))
        .toList();
  }
}
