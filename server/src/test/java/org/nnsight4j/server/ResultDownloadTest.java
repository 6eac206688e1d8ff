package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** Results as RFC 9110 serves files: whole, in parts, and resumed. */
final class ResultDownloadTest {
  private static final String REQUEST = "big 800000";

  @TempDir static Path data;
  private static TestServer server;
  private static byte[] expected;
  private static String path;
  private static String etag;

  @BeforeAll
  static void run() throws Exception {
    server = TestServer.start(data);
    String id = server.submit(server.alice, REQUEST);
    server.ended(server.alice, id);
    path = "/v1/jobs/" + id + "/result";
    expected = TestKind.result(REQUEST);
    etag =
        "\""
            + HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(expected))
            + "\"";
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private static HttpResponse<byte[]> get(String... headers) throws Exception {
    return server.get(server.alice, path, headers);
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("none");
  }

  @Test
  void theWholeHasLengthEtagAndDigest() throws Exception {
    HttpResponse<byte[]> response = get();
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).isEqualTo(expected);
    assertThat(header(response, "Content-Length")).isEqualTo(Integer.toString(expected.length));
    assertThat(header(response, "ETag")).isEqualTo(etag);
    assertThat(header(response, "Accept-Ranges")).isEqualTo("bytes");
    assertThat(header(response, "Content-Type")).isEqualTo("application/octet-stream");
    byte[] sha256 = MessageDigest.getInstance("SHA-256").digest(expected);
    assertThat(header(response, "Repr-Digest"))
        .isEqualTo("sha-256=:%s:".formatted(Base64.getEncoder().encodeToString(sha256)));
  }

  @ParameterizedTest
  @CsvSource({
    "bytes=0-0, 0, 0",
    "bytes=10-99, 10, 99",
    "bytes=300000-600000, 300000, 600000",
    "bytes=800000-, 800000, -1",
    "bytes=-7, -7, -1",
    "bytes=-99999999999999999999, 0, -1",
    "bytes=5-99999999999999999999, 5, -1",
    "BYTES= 3 - 4 , 3, 4",
  })
  void aPartIsThatPart(String range, int first, int last) throws Exception {
    int from = first < 0 ? expected.length + first : first;
    int to = last < 0 ? expected.length + last : last;
    HttpResponse<byte[]> response = get("Range", range);
    assertThat(response.statusCode()).isEqualTo(206);
    assertThat(header(response, "Content-Range"))
        .isEqualTo("bytes %s-%s/%s".formatted(from, to, expected.length));
    assertThat(response.body()).isEqualTo(Arrays.copyOfRange(expected, from, to + 1));
  }

  @ParameterizedTest
  @CsvSource({"bytes=9000000-", "bytes=9000000-9000001", "bytes=-0"})
  void aPartBeyondTheEndIsRefused(String range) throws Exception {
    HttpResponse<byte[]> response = get("Range", range);
    assertThat(response.statusCode()).isEqualTo(416);
    assertThat(TestServer.json(response).get("detail").asText())
        .contains("expected a range of the");
    assertThat(header(response, "Content-Range")).isEqualTo("bytes */" + expected.length);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {"lines=1-2", "bytes=9-3", "bytes=", "bytes=-", "bytes=0-1,4-5", "bytes=a-b", "x"})
  void invalidRangesAreIgnored(String range) throws Exception {
    HttpResponse<byte[]> response = get("Range", range);
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(response.body()).hasLength(expected.length);
  }

  @Test
  void ifRangeGivesAPartOnlyOfTheSameFile() throws Exception {
    assertThat(get("Range", "bytes=0-3", "If-Range", etag).statusCode()).isEqualTo(206);
    assertThat(get("Range", "bytes=0-3", "If-Range", "\"other\"").statusCode()).isEqualTo(200);
    assertThat(get("Range", "bytes=0-3", "If-Range", "W/" + etag).statusCode()).isEqualTo(200);
    assertThat(get("Range", "bytes=0-3", "If-Range", "Tue, 24 Nov 2026 15:00:00 GMT").statusCode())
        .isEqualTo(200);
  }

  @Test
  void conditionsOfTheWhole() throws Exception {
    assertThat(get("If-None-Match", etag).statusCode()).isEqualTo(304);
    assertThat(get("If-None-Match", "\"x\", W/" + etag).statusCode()).isEqualTo(304);
    assertThat(get("If-None-Match", "\"x\"").statusCode()).isEqualTo(200);
    assertThat(get("If-Match", "\"x\"").statusCode()).isEqualTo(412);
    assertThat(get("If-Match", etag).statusCode()).isEqualTo(200);
  }

  @Test
  void headHasTheHeadersAndNoBody() throws Exception {
    HttpResponse<byte[]> response =
        server.send(
            server.request(server.alice, path).method("HEAD", HttpRequest.BodyPublishers.noBody()));
    assertThat(response.statusCode()).isEqualTo(200);
    assertThat(header(response, "Content-Length")).isEqualTo(Integer.toString(expected.length));
    assertThat(header(response, "ETag")).isEqualTo(etag);
    assertThat(response.body()).isEmpty();
  }

  /** A client that reads slowly takes no thread from clients with short requests. */
  @Test
  void slowDownloadsLeaveThreadsForOthers(@TempDir Path other) throws Exception {
    try (TestServer busy =
        TestServer.start(
            other,
            options -> options.withLimits(options.limits().with(Limit.STREAMS_PER_USER, 1000)))) {
      String id = busy.submit(busy.alice, "big 8000000");
      busy.ended(busy.alice, id);
      String result = "/v1/jobs/" + id + "/result";
      List<Socket> slow = new ArrayList<>();
      try {
        int status = 200;
        while (status == 200 && slow.size() < 250) {
          Socket socket = slowly(busy, result);
          slow.add(socket);
          status = status(socket);
        }
        assertThat(status).isEqualTo(503);
        assertThat(slow.size() - 1).isEqualTo(150);
        assertThat(busy.get(busy.bob, "/v1/models").statusCode()).isEqualTo(200);
        assertThat(busy.get(busy.alice, result).headers().firstValue("Retry-After")).hasValue("1");
      } finally {
        for (Socket socket : slow) {
          socket.close();
        }
      }
      String again = busy.submit(busy.alice, "echo x");
      busy.ended(busy.alice, again);
      for (int i = 0; i < 200; i++) {
        if (busy.get(busy.alice, "/v1/jobs/" + again + "/result").statusCode() == 200) {
          return;
        }
        Thread.sleep(50);
      }
      throw new AssertionError("places of downloads that were given up are not free again");
    }
  }

  private static Socket slowly(TestServer busy, String path) throws Exception {
    Socket socket = new Socket();
    socket.setReceiveBufferSize(4096);
    socket.setSoTimeout(30_000);
    socket.connect(new InetSocketAddress("127.0.0.1", busy.server.port()));
    String request =
        "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nAuthorization: Bearer %s\r\n\r\n"
            .formatted(path, busy.alice);
    socket.getOutputStream().write(request.getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  /** Reads no more than the first line. */
  private static int status(Socket socket) throws Exception {
    byte[] line = socket.getInputStream().readNBytes("HTTP/1.1 200".length());
    return Integer.parseInt(new String(line, StandardCharsets.US_ASCII).substring(9));
  }
}
