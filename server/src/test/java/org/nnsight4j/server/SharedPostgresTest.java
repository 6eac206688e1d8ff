package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import io.zonky.test.db.postgres.embedded.EmbeddedPostgres;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.testing.Ledger;
import org.nnsight4j.server.testing.ServerProcess;

/** Server processes that share a real PostgreSQL and a directory of results. */
final class SharedPostgresTest {
  @TempDir Path data;
  private EmbeddedPostgres postgres;
  private String property;

  @BeforeEach
  void start() throws Exception {
    postgres = EmbeddedPostgres.builder().start();
    property = "test.postgres=" + postgres.getJdbcUrl("postgres", "postgres");
  }

  @AfterEach
  void stop() throws Exception {
    postgres.close();
  }

  @Test
  @Tag("nightly")
  void eitherServerCanBeKilledAndAThirdServesTheInterfaceAlone() throws Exception {
    Ledger ledger = new Ledger();
    try (ServerProcess first = ServerProcess.start(data, 2, true, property);
        ServerProcess second = ServerProcess.start(data, 2, false, property);
        ServerProcess front = ServerProcess.start(data, 0, true, property)) {
      send(ledger, front, "a", 40);
      first.kill();
      send(ledger, front, "b", 20);
      assertThat(ledger.check(front.port, front.key, Duration.ofSeconds(60))).isEmpty();
      try (ServerProcess third = ServerProcess.start(data, 2, true, property)) {
        send(ledger, third, "c", 20);
        second.kill();
        send(ledger, front, "d", 20);
        assertThat(ledger.check(front.port, front.key, Duration.ofSeconds(60))).isEmpty();
        assertThat(ledger.check(third.port, front.key, Duration.ofSeconds(60))).isEmpty();
      }
      assertThat(ledger.unknown).isEmpty();
      assertThat(ledger.count(front.port, front.key)).isEqualTo(100);
    }
  }

  /**
   * The order of operating.md: new processes beside old ones, whose results both can read, then the
   * old ones end one by one, with jobs in flight. A job that runs when its process ends runs again
   * elsewhere and loses no attempt.
   */
  @Test
  @Tag("nightly")
  void aRollingUpgradeLosesNothing() throws Exception {
    Ledger ledger = new Ledger();
    String whileBoth = "test.inline=1";
    try (ServerProcess old1 = ServerProcess.start(data, 2, true, property, whileBoth);
        ServerProcess old2 = ServerProcess.start(data, 2, false, property, whileBoth)) {
      begin(ledger, old1, "a", 12);
      send(ledger, old1, "b", 40);
      try (ServerProcess new1 = ServerProcess.start(data, 2, true, property, whileBoth)) {
        send(ledger, old2, "c", 40);
        begin(ledger, old2, "d", 12);
        assertThat(old1.terminate()).isTrue();
        send(ledger, old2, "e", 40);
        try (ServerProcess new2 = ServerProcess.start(data, 2, false, property, whileBoth)) {
          begin(ledger, new1, "f", 12);
          assertThat(old2.terminate()).isTrue();
          send(ledger, new2, "g", 40);
          assertThat(ledger.check(new1.port, new1.key, Duration.ofSeconds(120))).isEmpty();
          assertThat(ledger.check(new2.port, new2.key, Duration.ofSeconds(10))).isEmpty();
          assertThat(ledger.unknown).isEmpty();
          assertThat(ledger.count(new2.port, new2.key)).isEqualTo(196);
          assertThat(ledger.attempts(new2.port, new2.key)).containsExactly(1);
        }
      }
    }
  }

  /** Jobs of a second each, which are under way when a process ends. */
  private static void begin(Ledger ledger, ServerProcess to, String prefix, int count)
      throws Exception {
    for (int i = 0; i < count; i++) {
      String request = "steps 20 50 " + prefix + i;
      ledger.sendOnly(to.port, to.key, new Ledger.Sent(prefix + i, request));
    }
  }

  private static void send(Ledger ledger, ServerProcess to, String prefix, int count)
      throws Exception {
    String[] requests = {"echo ", "steps 4 10 ", "fail ", "row "};
    for (int i = 0; i < count; i++) {
      ledger.send(
          to.port, to.key, new Ledger.Sent(prefix + i, requests[i % requests.length] + prefix + i));
    }
  }

  @Test
  void eventsAndCancellationsCrossProcesses() throws Exception {
    try (ServerProcess worker = ServerProcess.start(data, 1, true, property);
        ServerProcess front = ServerProcess.start(data, 0, true, property)) {
      HttpClient http = HttpClient.newHttpClient();
      String id =
          post(http, front, "/v1/jobs?model=m", "sleep 60000")
              .replaceAll("(?s).*\"id\":\"([^\"]+)\".*", "$1");
      Thread.sleep(500);
      long start = System.nanoTime();
      String cancelled = post(http, front, "/v1/jobs/" + id + "/cancel", "");
      assertThat(cancelled).contains("\"cancelRequested\":true");
      String events =
          http.send(
                  request(front, "/v1/jobs/" + id + "/events").build(),
                  HttpResponse.BodyHandlers.ofString())
              .body();
      assertThat(events).contains("\"RUNNING\"");
      assertThat(events).contains("\"CANCELLED\"");
      assertThat(Duration.ofNanos(System.nanoTime() - start)).isLessThan(Duration.ofSeconds(5));
      assertThat(worker.process.isAlive()).isTrue();
    }
  }

  private static String post(HttpClient http, ServerProcess to, String path, String body)
      throws Exception {
    return http.send(
            request(to, path).POST(HttpRequest.BodyPublishers.ofString(body)).build(),
            HttpResponse.BodyHandlers.ofString())
        .body();
  }

  private static HttpRequest.Builder request(ServerProcess to, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + to.port + path))
        .timeout(Duration.ofSeconds(20))
        .header("Authorization", "Bearer " + to.key);
  }
}
