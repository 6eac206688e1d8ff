package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.ObjectOutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** Weaknesses of servers of this sort that were read or reported: each of them is not here. */
final class KnownWeaknessesTest {
  @TempDir static Path data;
  private static TestServer server;
  private static String id;

  @BeforeAll
  static void start() throws Exception {
    server = TestServer.start(data);
    id = server.submit(server.alice, "echo mine");
    server.ended(server.alice, id);
  }

  @AfterAll
  static void close() {
    server.close();
  }

  /** NDIF: whoever has the id of a job may read it. */
  @Test
  void anIdIsNotAKey() throws Exception {
    for (String path : List.of("", "/result", "/events")) {
      assertThat(
              server.send(HttpRequest.newBuilder(server.uri("/v1/jobs/" + id + path))).statusCode())
          .isEqualTo(401);
    }
  }

  /** NDIF: the client chooses the id, and may take that of another. */
  @Test
  void theServerMakesTheIds() throws Exception {
    assertThat(server.post(server.bob, "/v1/jobs?model=m&id=" + id, "echo x").statusCode())
        .isEqualTo(400);
    String other = server.submit(server.bob, "echo mine");
    assertThat(other).isNotEqualTo(id);
    HttpResponse<byte[]> put =
        server.send(
            server
                .request(server.bob, "/v1/jobs/" + id)
                .PUT(HttpRequest.BodyPublishers.ofString("echo x")));
    assertThat(put.statusCode()).isEqualTo(405);
  }

  /** NDIF: any socket may send a result or an event to the session of another. */
  @Test
  void nobodyCanSendResultsOrEvents() throws Exception {
    for (String path : List.of("/result", "/events")) {
      for (String key : List.of(server.alice, server.bob, server.admin)) {
        assertThat(server.post(key, "/v1/jobs/" + id + path, "forged").statusCode()).isEqualTo(405);
      }
    }
    assertThat(server.get(server.alice, "/v1/jobs/" + id + "/result").body())
        .isEqualTo(TestKind.result("echo mine"));
  }

  /** NDIF: the server calls an address of the user. */
  @Test
  void theServerMakesNoCalls() throws Exception {
    try (ServerSocket trap = new ServerSocket(0)) {
      trap.setSoTimeout(500);
      String url = "http://127.0.0.1:" + trap.getLocalPort();
      assertThat(
              server.post(server.alice, "/v1/jobs?model=m&callback=" + url, "echo x").statusCode())
          .isEqualTo(400);
      // TorchServe: a model of any address.
      assertThat(server.post(server.alice, "/v1/jobs?model=" + url, "echo x").statusCode())
          .isEqualTo(404);
      server.ended(
          server.alice,
          TestServer.json(
                  server.post(
                      server.alice,
                      "/v1/jobs?model=m",
                      "echo " + url,
                      "Referer",
                      url,
                      "X-Callback",
                      url))
              .get("id")
              .asText());
      List<Socket> calls = new ArrayList<>();
      try {
        calls.add(trap.accept());
      } catch (SocketTimeoutException e) {
        // As it should be.
      }
      assertThat(calls).isEmpty();
    }
  }

  /** NDIF, vLLM, ShadowMQ: code, pickles and serialized objects. */
  @Test
  void codeAndSerializedObjectsAreRefused() throws Exception {
    ByteArrayOutputStream serialized = new ByteArrayOutputStream();
    try (ObjectOutputStream out = new ObjectOutputStream(serialized)) {
      out.writeObject(new ArrayList<>(List.of("x")));
    }
    GraphKind kind = new GraphKind();
    var check =
        kind.check(
            kind.describe(new ModelSpec("m", "graph", EmbeddedGpt2.directory().toString(), 1)));
    for (byte[] body :
        List.of(
            serialized.toByteArray(),
            new byte[] {(byte) 0x80, 4, (byte) 0x95, 10, 0},
            "import os; os.system('id')".getBytes(StandardCharsets.UTF_8),
            "{\"@type\":\"java.lang.Runtime\"}".getBytes(StandardCharsets.UTF_8))) {
      assertThat(check.check(body).problems()).hasSize(1);
    }
  }

  /** NDIF, MinIO: well-known names and passwords. */
  @Test
  void thereIsNoDefaultKey() throws Exception {
    for (String guess : List.of("admin", "minioadmin", "changeme", "nn4_admin", "null", "")) {
      HttpResponse<byte[]> response = server.get(guess, "/v1/jobs");
      assertWithMessage(guess).that(response.statusCode()).isAnyOf(401, 429);
    }
  }

  /** ShadowRay: an interface without keys on every address, by default. */
  @Test
  void byDefaultOnlyThisMachineReachesIt() {
    assertThat(Listen.LOOPBACK.host()).isEqualTo("127.0.0.1");
    assertThat(Listen.LOOPBACK.adminHost()).isEqualTo("127.0.0.1");
  }

  /** NDIF: the outcome of a blocking job is lost with its connection. */
  @Test
  void anOutcomeSurvivesTheConnection() throws Exception {
    String job = server.submit(server.alice, "sleep 300");
    try (Socket socket = new Socket("127.0.0.1", server.server.port())) {
      socket
          .getOutputStream()
          .write(
              ("GET /v1/jobs/"
                      + job
                      + "/events HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer "
                      + server.alice
                      + "\r\n\r\n")
                  .getBytes(StandardCharsets.US_ASCII));
      assertThat(socket.getInputStream().read()).isEqualTo('H');
    }
    assertThat(server.ended(server.alice, job).get("status").asText()).isEqualTo("COMPLETED");
    assertThat(server.get(server.alice, "/v1/jobs/" + job + "/result").body())
        .isEqualTo(TestKind.result("sleep 300"));
  }

  /** DJL: names that lead out of a directory. */
  @Test
  void noNameOfAUserBecomesAFile() throws Exception {
    for (String name : List.of("..%2f..%2fx", "%2fetc%2fpasswd", "a%00b", "con", "~")) {
      assertThat(server.post(server.alice, "/v1/jobs?model=" + name, "echo x").statusCode())
          .isAnyOf(400, 404);
    }
    assertThat(data.getParent().resolve("x").toFile().exists()).isFalse();
  }

  /** Triton: an operator's interface next to the users'. */
  @Test
  void theOperatorsInterfaceIsOnAnotherPort() throws IOException {
    assertThat(server.get(server.admin, "/admin/keys").statusCode()).isEqualTo(404);
    assertThat(server.get(server.admin, "/metrics").statusCode()).isEqualTo(404);
    assertThat(server.send(HttpRequest.newBuilder(server.adminUri("/metrics"))).statusCode())
        .isEqualTo(200);
  }
}
