package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.testing.TestServer;

/** Which requests are accepted, and what users see. */
final class AccessTest {
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

  @Test
  void theFirstStartMakesOneKeyAndKeepsOnlyItsHash(@TempDir Path other) throws Exception {
    String first;
    try (TestServer fresh = TestServer.start(other)) {
      first = fresh.server.firstKey().orElseThrow();
      assertThat(fresh.get(first, "/v1/models").statusCode()).isEqualTo(200);
      assertThat(first).matches("nn4_[a-z2-7]{10}_[A-Za-z0-9_-]{43}");
    }
    try (TestServer again = TestServer.start(other)) {
      assertThat(again.server.firstKey()).isEmpty();
      assertThat(again.get(first, "/v1/models").statusCode()).isEqualTo(200);
    }
    String secret = first.substring(15);
    try (Stream<Path> files = Files.walk(other)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        String bytes = Files.readString(file, StandardCharsets.ISO_8859_1);
        assertWithMessage(file.toString()).that(bytes).doesNotContain(secret);
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "Bearer",
        "Bearer ",
        "Bearer x",
        "Basic YWRtaW46YWRtaW4=",
        "Bearer nn4_aaaaaaaaaa_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
        "Bearer nn4_' or '1'='1_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA",
      })
  void requestsWithoutAKeyAreRefused(String header) throws Exception {
    HttpRequest.Builder request = HttpRequest.newBuilder(server.uri("/v1/jobs"));
    if (!header.isEmpty()) {
      request.header("Authorization", header);
    }
    HttpResponse<byte[]> response = retry(request);
    assertThat(response.statusCode()).isEqualTo(401);
    assertThat(response.headers().firstValue("WWW-Authenticate")).hasValue("Bearer");
  }

  /** Wrong keys are few per second from one address, and this class sends many. */
  private static HttpResponse<byte[]> retry(HttpRequest.Builder request) throws Exception {
    HttpResponse<byte[]> response = server.send(request);
    while (response.statusCode() == 429) {
      Thread.sleep(500);
      response = server.send(request);
    }
    return response;
  }

  @Test
  void aKeyInTheAddressDoesNotCount() throws Exception {
    assertThat(
            retry(HttpRequest.newBuilder(server.uri("/v1/jobs?api_key=" + server.alice)))
                .statusCode())
        .isEqualTo(401);
  }

  @Test
  void theRightIdWithAnotherSecretIsRefused() throws Exception {
    String wrong = server.alice.substring(0, 15) + server.bob.substring(15);
    assertThat(
            retry(
                    HttpRequest.newBuilder(server.uri("/v1/jobs"))
                        .header("Authorization", "Bearer " + wrong))
                .statusCode())
        .isEqualTo(401);
  }

  @Test
  void revokedAndExpiredKeysAreRefused() throws Exception {
    var revoked = server.server.keys().create("carol", "", Role.USER, Priority.NORMAL, null);
    assertThat(server.get(revoked.text(), "/v1/models").statusCode()).isEqualTo(200);
    assertThat(server.server.keys().revoke(revoked.key().id())).isTrue();
    assertThat(retry(server.request(revoked.text(), "/v1/models")).statusCode()).isEqualTo(401);
    var expired =
        server
            .server
            .keys()
            .create("carol", "", Role.USER, Priority.NORMAL, Instant.now().minusSeconds(1));
    assertThat(retry(server.request(expired.text(), "/v1/models")).statusCode()).isEqualTo(401);
  }

  @Test
  void guessingKeysBecomesSlow(@TempDir Path other) throws Exception {
    try (TestServer fresh = TestServer.start(other)) {
      int refused = 0;
      HttpResponse<byte[]> last = null;
      for (int i = 0; i < 30; i++) {
        last = fresh.get("nn4_wrong", "/v1/jobs");
        refused += last.statusCode() == 429 ? 1 : 0;
      }
      assertThat(refused).isAtLeast(10);
      assertThat(last.headers().firstValue("Retry-After")).isPresent();
    }
  }

  @Test
  void tooManyRequestsAreRefused(@TempDir Path other) throws Exception {
    try (TestServer fresh =
        TestServer.start(
            other,
            options -> options.withLimits(Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 1)))) {
      HttpResponse<byte[]> last = null;
      for (int i = 0; i < 15; i++) {
        last = fresh.get(fresh.alice, "/v1/models");
      }
      assertThat(last.statusCode()).isEqualTo(429);
      assertThat(last.headers().firstValue("Retry-After")).isPresent();
      assertThat(fresh.get(fresh.bob, "/v1/models").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void usersNeitherSeeNorTouchOthersJobs() throws Exception {
    String id = server.submit(server.alice, "echo mine");
    server.ended(server.alice, id);
    for (String other : List.of(server.bob, server.admin)) {
      for (String path : List.of("", "/result", "/events")) {
        assertNotThere(server.request(other, "/v1/jobs/" + id + path).GET());
      }
      assertNotThere(
          server
              .request(other, "/v1/jobs/" + id + "/result")
              .method("HEAD", HttpRequest.BodyPublishers.noBody()));
      assertNotThere(
          server
              .request(other, "/v1/jobs/" + id + "/cancel")
              .POST(HttpRequest.BodyPublishers.noBody()));
      assertNotThere(server.request(other, "/v1/jobs/" + id).DELETE());
      String list = new String(server.get(other, "/v1/jobs").body(), StandardCharsets.UTF_8);
      assertThat(list).doesNotContain(id);
    }
    assertThat(server.job(server.alice, id).get("status").asText()).isEqualTo("COMPLETED");
  }

  private static void assertNotThere(HttpRequest.Builder request) throws IOException {
    assertThat(server.send(request).statusCode()).isEqualTo(404);
  }

  @Test
  void idempotencyKeysBelongToTheirUser() throws Exception {
    var first =
        server.post(server.alice, "/v1/jobs?model=m", "echo a", "Idempotency-Key", "shared");
    var second = server.post(server.bob, "/v1/jobs?model=m", "echo b", "Idempotency-Key", "shared");
    assertThat(second.statusCode()).isEqualTo(202);
    assertThat(TestServer.json(second).get("id")).isNotEqualTo(TestServer.json(first).get("id"));
  }

  @Test
  void aKeyCannotAskForMoreThanItsPriority() throws Exception {
    String bulk = server.server.keys().create("dave", "", Role.USER, Priority.BULK, null).text();
    assertThat(server.post(bulk, "/v1/jobs?model=m&priority=normal", "echo x").statusCode())
        .isEqualTo(403);
    JsonNode job = TestServer.json(server.post(bulk, "/v1/jobs?model=m", "echo x"));
    assertThat(job.get("priority").asText()).isEqualTo("bulk");
  }

  @Test
  void administrationIsForAdminsOnItsOwnPort() throws Exception {
    HttpRequest.Builder list = HttpRequest.newBuilder(server.adminUri("/admin/keys"));
    assertThat(
            server.send(list.copy().header("Authorization", "Bearer " + server.alice)).statusCode())
        .isEqualTo(403);
    assertThat(retry(list.copy()).statusCode()).isEqualTo(401);
    HttpResponse<byte[]> keys =
        server.send(list.copy().header("Authorization", "Bearer " + server.admin));
    assertThat(keys.statusCode()).isEqualTo(200);
    String text = new String(keys.body(), StandardCharsets.UTF_8);
    assertThat(text).contains("alice");
    assertThat(text).doesNotContain("secret");
    assertThat(text).doesNotContain("nn4_");
  }

  @Test
  void anAdminMakesAndRevokesKeys() throws Exception {
    HttpRequest.Builder make =
        HttpRequest.newBuilder(server.adminUri("/admin/keys"))
            .header("Authorization", "Bearer " + server.admin);
    HttpResponse<byte[]> made =
        server.send(
            make.copy()
                .POST(
                    HttpRequest.BodyPublishers.ofString(
                        "{\"owner\":\"erin\",\"highestPriority\":\"bulk\",\"expiresInDays\":1}")));
    assertThat(made.statusCode()).isEqualTo(201);
    String key = TestServer.json(made).get("key").asText();
    assertThat(server.get(key, "/v1/models").statusCode()).isEqualTo(200);
    server.send(
        HttpRequest.newBuilder(
                server.adminUri("/admin/keys/" + TestServer.json(made).get("id").asText()))
            .header("Authorization", "Bearer " + server.admin)
            .DELETE());
    assertThat(retry(server.request(key, "/v1/models")).statusCode()).isEqualTo(401);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "x",
        "[]",
        "{}",
        "{\"owner\":5}",
        "{\"owner\":\"../x\"}",
        "{\"owner\":\"a\",\"owner\":\"b\"}",
        "{\"owner\":\"a\",\"role\":\"root\"}",
        "{\"owner\":\"a\",\"secret\":\"mine\"}",
        "{\"owner\":\"a\",\"expiresInDays\":99999999999}",
        "{\"owner\":\"a\",\"label\":{\"a\":{\"a\":{\"a\":{\"a\":1}}}}}",
        "{\"owner\":\"a\",\"label\":\"\\ud83d\"}",
        "{\"owner\":\"a\"} {}",
      })
  void anInvalidKeyRequestIsRefused(String body) throws Exception {
    HttpResponse<byte[]> response =
        server.send(
            HttpRequest.newBuilder(server.adminUri("/admin/keys"))
                .header("Authorization", "Bearer " + server.admin)
                .POST(HttpRequest.BodyPublishers.ofString(body)));
    assertThat(response.statusCode()).isEqualTo(400);
  }

  @Test
  void theAuditLogSaysWhoDidWhatAndNoPrompt() throws Exception {
    String id = server.submit(server.alice, "echo a-private-prompt");
    String log = Files.readString(data.resolve("audit.jsonl"));
    assertThat(log).containsMatch("\"what\":\"submit\",\"owner\":\"alice\",.*\"job\":\"" + id);
    assertThat(log).doesNotContain("a-private-prompt");
  }

  @Test
  void theAuditLogHasEachChange() throws Exception {
    String id = server.submit(server.alice, "sleep 60000");
    server.post(server.alice, "/v1/jobs/" + id + "/cancel", "");
    server.ended(server.alice, id);
    server.send(server.request(server.alice, "/v1/jobs/" + id).DELETE());
    HttpResponse<byte[]> made =
        server.send(
            administration("/admin/keys").POST(BodyPublishers.ofString("{\"owner\":\"fay\"}")));
    String key = TestServer.json(made).get("id").asText();
    server.send(administration("/admin/keys/" + key).DELETE());
    for (String action : List.of("pause", "resume")) {
      server.send(administration("/admin/models/m/" + action).POST(BodyPublishers.noBody()));
    }
    String log = Files.readString(data.resolve("audit.jsonl"));
    for (String what : List.of("submit", "cancel", "delete")) {
      assertThat(log)
          .containsMatch("\"what\":\"%s\",\"owner\":\"alice\",.*\"job\":\"%s".formatted(what, id));
    }
    for (String what : List.of("key", "revoke")) {
      assertThat(log)
          .containsMatch("\"what\":\"%s\",\"owner\":\"root\",.*\"id\":\"%s".formatted(what, key));
    }
    for (String what : List.of("pause", "resume")) {
      assertThat(log)
          .containsMatch("\"what\":\"%s\",\"owner\":\"root\",.*\"model\":\"m\"".formatted(what));
    }
  }

  private static HttpRequest.Builder administration(String path) {
    return HttpRequest.newBuilder(server.adminUri(path))
        .header("Authorization", "Bearer " + server.admin);
  }

  @Test
  void withoutTlsItListensOnlyToThisMachine() {
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Listen("0.0.0.0", 8080, "127.0.0.1", 8081, null, false));
    assertThat(refused).hasMessageThat().contains("expected TLS to listen on 0.0.0.0");
    assertThrows(
        IllegalArgumentException.class,
        () -> new Listen("127.0.0.1", 8080, "0.0.0.0", 8081, null, false));
    assertThat(new Listen("0.0.0.0", 8080, "127.0.0.1", 8081, null, true).behindProxy()).isTrue();
  }

  @Test
  void aDataDirectoryBelongsToOneServer() {
    Exception refused = assertThrows(IOException.class, () -> TestServer.start(data));
    assertThat(refused).hasMessageThat().contains("found another server in it");
  }
}
