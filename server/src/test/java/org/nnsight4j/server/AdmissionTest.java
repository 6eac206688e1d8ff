package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.io.IOException;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.store.ApiKeys;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/**
 * A request that takes long to check delays no other, and its check ends when its sender is gone.
 */
@Timeout(60)
final class AdmissionTest {
  @TempDir Path data;

  private static Socket thinking(TestServer server, String key) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.server.port());
    String request =
        "POST /v1/jobs?model=m HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: 11\r\n\r\nthink 50000"
            .formatted(key);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static void until(int thinking) throws InterruptedException {
    while (TestKind.THINKING.get() != thinking) {
      Thread.sleep(10);
    }
  }

  @Test
  void requestsOfClientsThatHungUpAreNotChecked() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      Socket socket = thinking(server, server.alice);
      until(1);
      socket.close();
      until(0);
    }
  }

  @Test
  void requestsOfRevokedKeysAreNotChecked() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      String mallory = server.key("mallory", ApiKeys.Role.USER);
      try (Socket socket = thinking(server, mallory)) {
        until(1);
        assertThat(server.server.keys().revoke(mallory.split("_")[1])).isTrue();
        until(0);
      }
    }
  }

  @Test
  void aWaitingClientIsAnswered() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      assertThat(server.submit(server.alice, "think 700")).isNotEmpty();
    }
  }

  @Test
  void othersRequestsAreCheckedMeanwhile() throws Exception {
    try (TestServer server = TestServer.start(data);
        Socket socket = thinking(server, server.alice)) {
      until(1);
      long begin = System.nanoTime();
      server.submit(server.bob, "echo x");
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
      assertThat(socket.isConnected()).isTrue();
    }
  }

  @Test
  void aFullQueueIsNoticedFirst() throws Exception {
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                options.withLimits(
                    Limits.USUAL
                        .with(Limit.REQUESTS_PER_SECOND, 100_000)
                        .with(Limit.JOBS_PER_USER, 1)))) {
      HttpRequest.Builder first =
          server
              .request(server.alice, "/v1/jobs?model=m")
              .header("Idempotency-Key", "first")
              .POST(HttpRequest.BodyPublishers.ofString("sleep 30000"));
      HttpResponse<byte[]> accepted = server.send(first);
      assertThat(accepted.statusCode()).isEqualTo(202);
      long begin = System.nanoTime();
      assertThat(server.post(server.alice, "/v1/jobs?model=m", "think 20000").statusCode())
          .isEqualTo(429);
      assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
      // The same again is the same job, whether there is room for another or not.
      assertThat(server.send(first).statusCode()).isEqualTo(200);
      String id = TestServer.json(accepted).get("id").asText();
      server.post(server.alice, "/v1/jobs/" + id + "/cancel", "");
    }
  }

  @Test
  void aPauseSurvivesARestart() throws Exception {
    String id;
    try (TestServer server = TestServer.start(data)) {
      server.model("pause");
      id = server.submit(server.alice, "echo later");
    }
    try (TestServer server = TestServer.start(data)) {
      Thread.sleep(2000);
      assertThat(server.job(server.alice, id).get("status").asText()).isEqualTo("APPROVED");
      server.model("resume");
      server.ended(server.alice, id);
    }
    try (TestServer server = TestServer.start(data)) {
      server.ended(server.alice, server.submit(server.alice, "echo now"));
    }
  }
}
