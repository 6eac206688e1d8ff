package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.testing.TestServer;

/** Whatever is sent, the answer is a 4xx with a reason, and never a 500. */
final class RefusalTest {
  private static final String ABSENT = "01a20e2e-5d02-78b8-ab31-1d3bd29303d0";

  @TempDir static Path data;
  private static TestServer server;

  @BeforeAll
  static void start() throws Exception {
    server =
        TestServer.start(
            data,
            options ->
                options.withLimits(
                    Limits.USUAL
                        .with(Limit.REQUESTS_PER_SECOND, 100_000)
                        .with(Limit.REQUEST_BYTES, 1000)));
  }

  @AfterAll
  static void close() {
    server.close();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "POST   | /v1/jobs                          | echo x | 400 | bad-request         | 'model'",
        "POST   | /v1/jobs?model=                   | echo x | 400 | bad-request         | 'model'",
        "POST   | /v1/jobs?model=none               | echo x | 404 | no-such-model       | [m]",
        "POST   | /v1/jobs?model=..%2Fm             | echo x | 404 | no-such-model       | ../m",
        "POST   | /v1/jobs?model=m&model=m          | echo x | 400 | bad-request         | 2 times",
        "POST   | /v1/jobs?model=m&callback=http%3A | echo x | 400 | bad-request         |"
            + " callback",
        "POST   | /v1/jobs?model=m&id=mine          | echo x | 400 | bad-request         | 'id'",
        "POST   | /v1/jobs?model=m&priority=urgent  | echo x | 400 | bad-request         | urgent",
        "POST   | /v1/jobs?model=m&timeLimit=0      | echo x | 400 | bad-request         | '0'",
        "POST   | /v1/jobs?model=m&timeLimit=-5     | echo x | 400 | bad-request         | '-5'",
        "POST   | /v1/jobs?model=m&timeLimit=1e9    | echo x | 400 | bad-request         | '1e9'",
        "POST   | /v1/jobs?model=m&timeLimit=999999 | echo x | 422 | over-budget         | 600 s",
        "POST   | /v1/jobs?model=m                  | nonsense | 422 | bad-graph         | known"
            + " word",
        "POST   | /v1/jobs?model=m                  | costs 999999999 | 422 | over-budget | 100000"
            + " nodes",
        "POST   | /v1/jobs?model=m                  | costs 1 9999999999 | 422 | over-budget |"
            + " bytes",
        "POST   | /v1/jobs?model=m                  | costs 1 1 1000000000000001 | 422 |"
            + " over-budget | flops",
        "POST   | /v1/jobs?model=m                  | costs 1 1 1 4097 | 422 | over-budget | 4096"
            + " steps",
        "POST   | /v1/jobs?model=m                  | costs -1 | 422 | over-budget       | nodes",
        "POST   | /v1/jobs?model=m                  | ''     | 400 | bad-request         | body",
        "GET    | /v1/jobs/x                        | ''     | 404 | no-such-job         | id",
        "GET    | /v1/jobs/" + ABSENT + "           | ''     | 404 | no-such-job         | id",
        "GET    | /v1/jobs/" + ABSENT + "/result    | ''     | 404 | no-such-job         | id",
        "GET    | /v1/jobs/" + ABSENT + "/events    | ''     | 404 | no-such-job         | id",
        "POST   | /v1/jobs/" + ABSENT + "/cancel    | ''     | 404 | no-such-job         | id",
        "DELETE | /v1/jobs/" + ABSENT + "           | ''     | 404 | no-such-job         | id",
        "GET    | /v1/jobs/..%2f..%2fetc%2fpasswd/result | ''  | 400 | bad-request        | HTTP",
        "GET    | /v1/jobs?limit=0                  | ''     | 400 | bad-request         | 1 to"
            + " 200",
        "GET    | /v1/jobs?limit=9999999999         | ''     | 400 | bad-request         | 1 to"
            + " 200",
        "GET    | /v1/jobs?before=zzz               | ''     | 400 | bad-request         | before",
        "GET    | /v1/jobs?owner=bob                | ''     | 400 | bad-request         | owner",
        "GET    | /v1/models/none                   | ''     | 404 | no-such-model       | it has"
            + " [m]",
        "GET    | /v1/other                         | ''     | 404 | no-such-path        | openapi",
        "GET    | /admin/keys                       | ''     | 404 | no-such-path        | openapi",
        "GET    | /metrics                          | ''     | 404 | no-such-path        | openapi",
        "PUT    | /v1/jobs                          | echo x | 405 | method-not-allowed  | POST",
        "DELETE | /v1/models                        | ''     | 405 | method-not-allowed  | GET",
        "PATCH  | /v1/jobs/" + ABSENT + "           | echo x | 405 | method-not-allowed  | GET",
      })
  void eachMistakeHasAReason(
      String method, String path, String body, int status, String code, String reason)
      throws Exception {
    HttpResponse<byte[]> response =
        server.send(
            server
                .request(server.alice, path)
                .method(method, HttpRequest.BodyPublishers.ofString(body)));
    check(response, status, code, reason);
  }

  private static void check(HttpResponse<byte[]> response, int status, String code, String reason)
      throws IOException {
    String text = new String(response.body(), StandardCharsets.UTF_8);
    assertWithMessage(text).that(response.statusCode()).isEqualTo(status);
    assertThat(response.headers().firstValue("Content-Type").orElse("none"))
        .isEqualTo("application/problem+json");
    JsonNode problem = TestServer.json(response);
    assertThat(problem.get("type").asText()).isEqualTo("urn:nnsight4j:problem:" + code);
    assertThat(problem.get("status").asInt()).isEqualTo(status);
    assertThat(problem.get("detail").asText()).contains(reason);
  }

  @Test
  void aBodyThatIsTooLargeIsNotRead() throws Exception {
    check(
        server.post(server.alice, "/v1/jobs?model=m", "echo " + "x".repeat(1000)),
        413,
        "request-too-large",
        "1000 bytes, found 1005");
  }

  /** Closing at once would break the connection, and the reason with it. */
  @Test
  void aRefusedClientMayStillSendTheRest() throws Exception {
    try (Socket socket = refused(1_000_000)) {
      for (int i = 0; i < 10; i++) {
        Thread.sleep(20);
        socket.getOutputStream().write(new byte[100_000]);
      }
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 401");
      assertThat(answer).contains("urn:nnsight4j:problem:");
    }
  }

  @Test
  void theServerDoesNotWaitLongForARefusedClient() throws Exception {
    long begin = System.nanoTime();
    try (Socket socket = refused(1_000_000)) {
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).startsWith("HTTP/1.1 401");
    }
    // Two seconds; a connection on which nothing happens is closed after 30.
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(25));
  }

  private static Socket refused(int length) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.server.port());
    socket.setSoTimeout(40_000);
    String request =
        "POST /v1/jobs?model=m HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer nonsense\r\n"
            + "Connection: close\r\nContent-Length: %s\r\n\r\n".formatted(length);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @Test
  void aBodyOfUnknownLengthIsNotRead() throws Exception {
    HttpResponse<byte[]> response =
        server.send(
            server
                .request(server.alice, "/v1/jobs?model=m")
                .POST(
                    HttpRequest.BodyPublishers.ofInputStream(
                        () ->
                            new java.io.ByteArrayInputStream(
                                "echo x".getBytes(StandardCharsets.UTF_8)))));
    check(response, 411, "length-required", "Content-Length");
  }

  @Test
  void bodiesThatTogetherAreTooLargeAreNotRead(@TempDir Path other) throws Exception {
    List<Socket> sending = new ArrayList<>();
    try (TestServer busy = TestServer.start(other)) {
      String header =
          "POST /v1/jobs?model=m HTTP/1.1\r\n"
              + "Host: x\r\n"
              + "Authorization: Bearer %s\r\n"
              + "Content-Length: %s\r\n\r\n";
      String answer = "";
      // Each announces this length and sends nothing.
      while (answer.isEmpty() && sending.size() < 12) {
        Socket socket = new Socket("127.0.0.1", busy.server.port());
        sending.add(socket);
        socket.setSoTimeout(300);
        // Of one user there is not that much at a time.
        String key = busy.key("user" + sending.size(), Role.USER);
        String request =
            String.format(Locale.ROOT, header, key, Limits.USUAL.of(Limit.REQUEST_BYTES));
        socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
        try {
          answer = new String(socket.getInputStream().readNBytes(12), StandardCharsets.US_ASCII);
        } catch (SocketTimeoutException e) {
          // The server waits for the body.
        }
      }
      assertThat(answer).isEqualTo("HTTP/1.1 503");
      busy.submit(busy.bob, "echo x");
    } finally {
      for (Socket socket : sending) {
        socket.close();
      }
    }
  }

  @Test
  void aCompressedBodyIsNotRead() throws Exception {
    check(
        server.post(server.alice, "/v1/jobs?model=m", "echo x", "Content-Encoding", "gzip"),
        415,
        "compressed",
        "gzip");
  }

  @Test
  void anInvalidIdempotencyKeyIsRefused() throws Exception {
    check(
        server.post(server.alice, "/v1/jobs?model=m", "echo x", "Idempotency-Key", "k".repeat(201)),
        400,
        "bad-request",
        "201");
    check(
        server.post(server.alice, "/v1/jobs?model=m", "echo x", "Idempotency-Key", "a b"),
        400,
        "bad-request",
        "visible ASCII");
  }

  @Test
  void aMediaTypeThatIsNotOfferedIsRefused() throws Exception {
    check(
        server.get(server.alice, "/v1/models", "Accept", "text/html"),
        406,
        "not-acceptable",
        "Accept");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "GET\r\n\r\n",
        "GET / HTTP/9.9\r\n\r\n",
        "GET /v1/jobs HTTP/1.1\r\n\r\n",
        "G\u0000T /v1/jobs HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/jobs/%zz HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/jobs/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/../../etc/passwd HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/jobs;a=b/../x HTTP/1.1\r\nHost: x\r\n\r\n",
        "GET /v1/jobs?%ff=%fe HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer KEY\r\n\r\n",
        "GET /v1/jobs?model=%F0%28%8C HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer KEY\r\n\r\n",
        "POST /v1/jobs?model=m HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n",
        "POST /v1/jobs?model=m HTTP/1.1\r\nHost: x\r\nContent-Length: 99999999999999999999\r\n\r\n",
        "POST /v1/jobs?model=m HTTP/1.1\r\n"
            + "Host: x\r\n"
            + "Content-Length: 3\r\n"
            + "Content-Length: 4\r\n\r\n"
            + "abc",
        "POST /v1/jobs?model=m HTTP/1.1\r\n"
            + "Host: x\r\n"
            + "Content-Length: 3\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "0\r\n\r\n",
        "POST /v1/jobs?model=m HTTP/1.1\r\n"
            + "Host: x\r\n"
            + "Authorization: Bearer KEY\r\n"
            + "Transfer-Encoding: chunked\r\n\r\n"
            + "ZZ\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
        "TRACE / HTTP/1.1\r\nHost: x\r\n\r\n",
      })
  void malformedHttpIsRefused(String request) throws Exception {
    String answer = raw(request.replace("KEY", server.alice));
    assertWithMessage(answer).that(answer).matches("(?s)HTTP/1\\.1 [45]\\d\\d .*");
    assertWithMessage(answer).that(answer).doesNotContain("HTTP/1.1 500");
    assertWithMessage(answer).that(answer).doesNotContain("Exception");
  }

  @Test
  void headersThatAreTooLargeAreRefused() throws Exception {
    String answer = raw("GET /livez HTTP/1.1\r\nHost: x\r\nX: " + "y".repeat(20_000) + "\r\n\r\n");
    assertThat(answer).startsWith("HTTP/1.1 431 ");
  }

  @Test
  void aBodyThatEndsEarlyDoesNotBecomeAJob() throws Exception {
    int before = TestServer.json(server.get(server.alice, "/v1/jobs?limit=200")).get("jobs").size();
    try (Socket socket = new Socket("127.0.0.1", server.server.port())) {
      socket
          .getOutputStream()
          .write(
              ("POST /v1/jobs?model=m HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                      + server.alice
                      + "\r\nContent-Length: 100\r\n\r\necho x")
                  .getBytes(StandardCharsets.US_ASCII));
      socket.shutdownOutput();
      String answer = new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(answer).doesNotContain("HTTP/1.1 2");
      assertThat(answer).doesNotContain("HTTP/1.1 500");
    }
    assertThat(TestServer.json(server.get(server.alice, "/v1/jobs?limit=200")).get("jobs"))
        .hasSize(before);
  }

  @Test
  void anErrorOfTheServerTellsNothingOfItself() throws Exception {
    JsonNode job = server.ended(server.alice, server.submit(server.alice, "throw x"));
    assertThat(job.get("status").asText()).isEqualTo("ERROR");
    assertThat(job.toString()).contains("urn:nnsight4j:problem:internal");
    assertThat(job.toString()).doesNotContain("secret");
    assertThat(job.toString()).doesNotContain("IllegalState");
  }

  private static String raw(String request) throws IOException {
    try (Socket socket = new Socket("127.0.0.1", server.server.port())) {
      socket.setSoTimeout(10_000);
      socket.getOutputStream().write(request.getBytes(StandardCharsets.ISO_8859_1));
      socket.shutdownOutput();
      return new String(socket.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
