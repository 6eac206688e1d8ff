package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.testing.TestServer;

/**
 * A request that sends a job is answered in the same way whether or not it goes through Jersey. An
 * escape in its query sends it there.
 */
@Timeout(60)
final class BothWaysTest {
  @TempDir static Path data;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(data);
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private static HttpResponse<byte[]> send(String key, String query, String body, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        server
            .request(key, "/v1/jobs?" + query)
            .header("X-Request-Id", "r")
            .POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return server.send(request);
  }

  /** Everything that an answer says, but for what differs between two jobs. */
  private static Map<String, String> said(HttpResponse<byte[]> answer) {
    Map<String, String> said = new TreeMap<>();
    said.put("status", Integer.toString(answer.statusCode()));
    answer.headers().map().forEach((name, values) -> said.put(name, usual(values.toString())));
    said.remove("date");
    said.put("body", usual(new String(answer.body(), StandardCharsets.ISO_8859_1)));
    return said;
  }

  private static String usual(String text) {
    return text.replaceAll("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID")
        .replaceAll("\\d{4}-\\d\\d-\\d\\dT[0-9:.]+Z", "TIME");
  }

  private static void same(String key, String query, String body, String... headers)
      throws Exception {
    HttpResponse<byte[]> here = send(key, query, body, headers);
    String escaped =
        query.replaceFirst(
            "=(.)", "=%" + Integer.toHexString(query.charAt(query.indexOf('=') + 1)));
    HttpResponse<byte[]> there = send(key, escaped, body, headers);
    Map<String, String> expected = said(there);
    Map<String, String> found = said(here);
    // A time may lose its last zero.
    if (expected.get("body").contains("TIME")) {
      expected.remove("content-length");
      found.remove("content-length");
    }
    assertWithMessage(query + " " + String.join(" ", headers)).that(found).isEqualTo(expected);
    assertThat(found.get("x-request-id")).isEqualTo("[r]");
  }

  @Test
  void jobsAreAcceptedAndWaitedFor() throws Exception {
    same(server.alice, "model=m", "echo x", "Prefer", "wait=20");
    same(server.alice, "model=m", "fail x", "Prefer", "wait=20", "Accept", "*/*");
    same(
        server.alice,
        "model=m&priority=normal&timeLimit=5",
        "row x",
        "Prefer",
        "wait=20",
        "Accept",
        "multipart/mixed, application/json, application/problem+json");
    same(server.alice, "model=m", "row y", "Prefer", "wait=20", "Idempotency-Key", "k");
    same(server.alice, "model=m", "row y", "Idempotency-Key", "k");
  }

  @Test
  void refusalsAreTheSame() throws Exception {
    same(server.alice, "model=m", "nonsense");
    same(server.alice, "model=m", "nonsense", "Prefer", "wait=20");
    same(server.alice, "model=m", "");
    same(server.alice, "model=m", "echo x", "Content-Encoding", "gzip");
    same(server.alice, "model=other", "echo x");
    same(server.alice, "priority=normal", "echo x");
    same(server.alice, "model=m&model=m", "echo x");
    same(server.alice, "model=m&colour=red", "echo x");
    same(server.alice, "model=m&priority=highest", "echo x");
    same(server.alice, "model=m&priority=interactive", "echo x");
    same(server.alice, "model=m&timeLimit=0", "echo x");
    same(server.alice, "model=m&timeLimit=999999999", "echo x");
    same(server.alice, "model=m", "echo x", "Idempotency-Key", "with space");
    send(server.alice, "model=m", "echo other", "Idempotency-Key", "used", "Prefer", "wait=20");
    same(server.alice, "model=m", "echo another", "Idempotency-Key", "used");
    same("nn4_no", "model=m", "echo x");
    same(
        "nn4_aaaaaaaaaa_" + "A".repeat(43),
        "model=m",
        "echo x",
        "Accept",
        "application/problem+json");
    // What Jersey alone understands goes there.
    same(server.alice, "model=m", "echo x", "Accept", "text/html");
    same(
        server.alice, "model=m", "echo x", "Accept", "application/json;q=0.5", "Prefer", "wait=20");
  }
}
