package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.testing.TestServer;

/** A client that sends slowly, or much at a time, delays no other. */
@Timeout(120)
final class SlowUploadsTest {
  private static final int SLOW = 600;

  @TempDir Path data;
  private TestServer server;
  private final List<Socket> sockets = new ArrayList<>();

  @BeforeEach
  void start() throws Exception {
    server = TestServer.start(data);
  }

  @AfterEach
  void close() throws IOException {
    for (Socket socket : sockets) {
      socket.close();
    }
    server.close();
  }

  private Socket upload(String key, long length) throws IOException {
    Socket socket = new Socket("127.0.0.1", server.server.port());
    sockets.add(socket);
    socket.getOutputStream().write(head(key, length).getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  private static String head(String key, long length) {
    return "POST /v1/jobs?model=m HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Length: %s\r\n\r\n"
        .formatted(key, length);
  }

  private HttpResponse<byte[]> quick(HttpRequest.Builder request) throws Exception {
    long begin = System.nanoTime();
    HttpResponse<byte[]> response = server.send(request);
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(5));
    return response;
  }

  @Test
  void hundredsOfSlowSocketsOfOneKeyDelayNoOtherUser() throws Exception {
    for (int i = 0; i < SLOW; i++) {
      upload(server.alice, 1_000_000);
    }
    for (int round = 0; round < 10; round++) {
      for (Socket socket : sockets) {
        drip(socket);
      }
      for (var uri :
          List.of(server.uri("/livez"), server.uri("/readyz"), server.adminUri("/livez"))) {
        assertThat(quick(HttpRequest.newBuilder(uri)).statusCode()).isEqualTo(200);
      }
      assertThat(quick(server.request(server.bob, "/v1/models")).statusCode()).isEqualTo(200);
      String job = server.submit(server.bob, "echo " + round);
      assertThat(server.ended(server.bob, job).get("status").asText()).isEqualTo("COMPLETED");
    }
    // Her own requests too, if their bytes need not be waited for: head and body in one packet.
    Socket whole = new Socket("127.0.0.1", server.server.port());
    sockets.add(whole);
    String body = "echo x";
    whole
        .getOutputStream()
        .write((head(server.alice, body.length()) + body).getBytes(StandardCharsets.US_ASCII));
    whole.setSoTimeout(20_000);
    assertThat(new String(whole.getInputStream().readNBytes(12), StandardCharsets.US_ASCII))
        .isEqualTo("HTTP/1.1 202");
  }

  private static void drip(Socket socket) {
    try {
      socket.getOutputStream().write(new byte[1400]);
    } catch (IOException e) {
      // It was refused, and is closed by now.
    }
  }

  /** Also where all threads for requests wait: probes need none of them. */
  @Test
  void probesAnswerWhileManyUsersAreSlow() throws Exception {
    for (int user = 0; user < 10; user++) {
      String key = server.key("user" + user, org.nnsight4j.server.store.ApiKeys.Role.USER);
      for (int i = 0; i < 16; i++) {
        upload(key, 1_000_000);
      }
    }
    for (int round = 0; round < 20; round++) {
      assertThat(quick(HttpRequest.newBuilder(server.uri("/livez"))).statusCode()).isEqualTo(200);
      assertThat(quick(HttpRequest.newBuilder(server.uri("/readyz"))).statusCode()).isEqualTo(200);
      assertThat(quick(server.request(server.bob, "/v1/models")).statusCode()).isEqualTo(200);
    }
  }

  @Test
  void bodiesOfOneUserLeaveRoomForThoseOfOthers() throws Exception {
    List<String> answers = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      Socket socket = upload(server.alice, Limits.USUAL.of(Limit.REQUEST_BYTES));
      socket.setSoTimeout(300);
      answers.add(answer(socket));
    }
    assertThat(answers.subList(0, 2)).containsExactly("", "");
    assertThat(answers.subList(2, 8)).doesNotContain("");
    for (String answer : answers.subList(2, 8)) {
      assertThat(answer).startsWith("HTTP/1.1 429");
      assertThat(answer).contains("Retry-After: 1");
      assertThat(answer)
          .contains(
              "expected at most 67108864 bytes of one user's requests at a time, found 67108864 on"
                  + " their way and 33554432 more; try again in a second");
    }
    server.submit(server.bob, "echo " + "x".repeat(1_000_000));
  }

  /** More connections than one address may have, one after the other and at the same time. */
  @Test
  void oneAddressLeavesConnectionsForOthers() throws Exception {
    for (int i = 0; i < 1200; i++) {
      try (Socket socket = new Socket("127.0.0.1", server.server.port())) {
        assertThat(alive(socket)).isTrue();
      }
    }
    for (int i = 0; i < 950; i++) {
      sockets.add(new Socket("127.0.0.1", server.server.port()));
    }
    int refused = 0;
    for (int i = 0; i < 100; i++) {
      Socket socket = new Socket("127.0.0.1", server.server.port());
      sockets.add(socket);
      refused += alive(socket) ? 0 : 1;
    }
    assertThat(refused).isAtLeast(50);
    assertThat(refused).isAtMost(60);
  }

  private static boolean alive(Socket socket) throws IOException {
    socket.setSoTimeout(10_000);
    try {
      socket
          .getOutputStream()
          .write("GET /livez HTTP/1.1\r\nHost: x\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      return socket.getInputStream().read() == 'H';
    } catch (SocketException e) {
      return false;
    }
  }

  private static String answer(Socket socket) throws IOException {
    StringBuilder answer = new StringBuilder();
    try {
      for (int next = socket.getInputStream().read();
          next >= 0;
          next = socket.getInputStream().read()) {
        answer.append((char) next);
      }
    } catch (SocketTimeoutException e) {
      // That is all for now.
    }
    return answer.toString();
  }

  @Test
  void aClientThatIsTooSlowIsToldSo() throws Exception {
    Socket socket = upload(server.alice, 10_000_000);
    socket.setSoTimeout(1);
    OutputStream out = socket.getOutputStream();
    String answer = "";
    long begin = System.nanoTime();
    while (answer.isEmpty()) {
      // More than Jetty asks of a connection.
      out.write(new byte[2000]);
      Thread.sleep(500);
      answer = answer(socket);
    }
    assertThat(answer).startsWith("HTTP/1.1 408");
    assertThat(answer).contains("expected at least 16384 bytes a second of a request");
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(20));
  }
}
