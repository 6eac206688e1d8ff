package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntFunction;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.AddressRange;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.testing.TestServer;

/** Wrong keys are noticed, and do not affect other users. */
final class WrongKeysTest {
  private static final String WRONG = "nn4_aaaaaaaaaa_" + "A".repeat(43);

  @TempDir Path data;

  private List<JsonNode> audited(String what) throws Exception {
    List<JsonNode> lines = new ArrayList<>();
    for (String line : Files.readAllLines(data.resolve("audit.jsonl"))) {
      JsonNode json = new ObjectMapper().readTree(line);
      if (json.get("what").asText().equals(what)) {
        lines.add(json);
      }
    }
    return lines;
  }

  private static HttpResponse<byte[]> admin(TestServer server, String key, String... headers)
      throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(server.adminUri("/admin/keys"))
            .header("Authorization", "Bearer " + key);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return server.send(request);
  }

  @Test
  void aValidKeyIsNotRefusedBecauseOfOthersWrongKeys() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      int refused = 0;
      for (int i = 0; i < 60; i++) {
        refused += server.get(WRONG, "/v1/jobs").statusCode() == 429 ? 1 : 0;
        refused += admin(server, WRONG).statusCode() == 429 ? 1 : 0;
        assertThat(server.get(server.alice, "/v1/models").statusCode()).isEqualTo(200);
        assertThat(admin(server, server.admin).statusCode()).isEqualTo(200);
      }
      assertThat(refused).isAtLeast(60);
    }
  }

  /** Ten at once and one a second at most, however many there are; neither key nor secret. */
  @Test
  void wrongKeysAreAuditedAtBothPorts() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      for (int i = 0; i < 100; i++) {
        server.get(WRONG, "/v1/jobs");
        admin(server, WRONG);
      }
      assertThat(admin(server, server.alice).statusCode()).isEqualTo(403);
      Thread.sleep(1100);
      server.get("something else", "/v1/jobs");
      List<JsonNode> lines = audited("wrong-key");
      assertThat(lines.size()).isAtMost(60);
      for (String port : List.of("users", "administration")) {
        JsonNode first =
            lines.stream().filter(line -> line.get("port").asText().equals(port)).findFirst().get();
        assertThat(first.get("address").asText()).isEqualTo("127.0.0.1");
        assertThat(first.get("id").asText()).isEqualTo("aaaaaaaaaa");
        long all =
            lines.stream()
                .filter(line -> line.get("port").asText().equals(port))
                .mapToLong(line -> 1 + line.path("unwritten").asLong())
                .sum();
        // The last line of a port does not mention the requests after it.
        assertThat(all).isAtLeast(port.equals("users") ? 101 : 10);
        assertThat(all).isAtMost(101);
      }
      JsonNode last = lines.get(lines.size() - 1);
      assertThat(last.has("id")).isFalse();
      assertThat(last.get("unwritten").asInt()).isAtLeast(1);
      String log = Files.readString(data.resolve("audit.jsonl"));
      assertThat(log).doesNotContain("AAAAAAAA");
      assertThat(log).doesNotContain("something else");
    }
  }

  @Test
  void behindAProxyEachUserHasAnAddress() throws Exception {
    Listen behind = new Listen("127.0.0.1", 0, "127.0.0.1", 0, null, true);
    try (TestServer server = TestServer.start(data, options -> options.withListen(behind))) {
      for (int i = 0; i < 40; i++) {
        server.get(WRONG, "/v1/jobs", "X-Forwarded-For", "198.51.100.7, 10.1.2.3");
      }
      // Now and then one of ten may pass.
      assertThat(refusedOfTen(server, i -> "10.1.2.3")).isAtLeast(5);
      assertThat(server.get(WRONG, "/v1/jobs", "X-Forwarded-For", "10.1.2.4").statusCode())
          .isEqualTo(401);
      // What the client itself had written before is not believed.
      assertThat(refusedOfTen(server, i -> "10.9.9." + i + ", 10.1.2.3")).isAtLeast(5);
      assertThat(audited("wrong-key").get(0).get("address").asText()).isEqualTo("10.1.2.3");
    }
  }

  private static int refusedOfTen(TestServer server, IntFunction<String> forwarded)
      throws Exception {
    int refused = 0;
    for (int i = 0; i < 10; i++) {
      int status =
          server.get(WRONG, "/v1/jobs", "X-Forwarded-For", forwarded.apply(i)).statusCode();
      refused += status == 429 ? 1 : 0;
    }
    return refused;
  }

  @Test
  void onlyAProxyIsBelieved() throws Exception {
    Listen other =
        new Listen("127.0.0.1", 0, "127.0.0.1", 0, null, true)
            .withTrustedProxies(List.of(AddressRange.of("10.0.0.0/8")));
    for (Listen listen : List.of(TestServer.ANY_PORT, other)) {
      Path directory = Files.createTempDirectory(data, "server");
      try (TestServer server = TestServer.start(directory, options -> options.withListen(listen))) {
        int refused = 0;
        for (int i = 0; i < 30; i++) {
          refused +=
              server.get(WRONG, "/v1/jobs", "X-Forwarded-For", "10.1.2." + i).statusCode() == 429
                  ? 1
                  : 0;
        }
        assertThat(refused).isAtLeast(10);
      }
    }
  }

  @Test
  void trustWithoutAProxyIsAMistake() {
    Exception refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> Listen.LOOPBACK.withTrustedProxies(List.of(AddressRange.of("10.0.0.0/8"))));
    assertThat(refused).hasMessageThat().contains("expected --behind-proxy with --trusted-proxy");
  }
}
