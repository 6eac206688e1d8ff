package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.testing.ApiCases;
import org.nnsight4j.server.testing.ApiSchema;
import org.nnsight4j.server.testing.TestServer;

/**
 * Thousands of requests derived from the description, and of requests that break it in one way:
 * each answer is one of those described, valid requests are accepted, and invalid ones are refused.
 */
final class DescribedTest {
  /** A valid request can still ask for something that does not exist or cannot run. */
  private static final Set<Integer> TAKEN =
      Set.of(200, 202, 204, 206, 304, 404, 409, 410, 412, 416, 422);

  private static final Pattern STATUS = Pattern.compile("HTTP/1.1 (\\d{3})");
  private static final Pattern TYPE = Pattern.compile("(?i)\r\nContent-Type: ([^\r]*)");
  private static final Pattern EVENT =
      Pattern.compile("event: *(status|progress)\n(?:id: *\\d+\n)?data: *([^\n]*)");

  @TempDir static Path data;
  private static TestServer server;
  private static ApiSchema api;
  private static final List<String> JOBS = new ArrayList<>();

  @BeforeAll
  static void start() throws Exception {
    // No answer may depend on how many requests there are.
    server =
        TestServer.start(
            data,
            options ->
                options.withLimits(
                    Limits.USUAL
                        .with(Limit.REQUESTS_PER_SECOND, 100_000_000)
                        .with(Limit.WRONG_KEYS_PER_SECOND, 100_000_000)
                        .with(Limit.JOBS_PER_USER, 1_000_000)
                        .with(Limit.STREAMS_PER_USER, 1_000_000)
                        .with(Limit.JOBS, 1_000_000)));
    api = ApiSchema.of(server);
    for (String request : List.of("echo x", "fail x", "steps 3 1", "big 8000")) {
      JOBS.add(server.submit(server.alice, request));
    }
    for (String id : JOBS) {
      server.ended(server.alice, id);
    }
  }

  @AfterAll
  static void close() {
    server.close();
  }

  private record Answer(int status, String type, byte[] body) {}

  private static Answer send(ApiCases.Case request) throws IOException {
    StringBuilder head = new StringBuilder();
    head.append(request.method()).append(' ').append(request.target()).append(" HTTP/1.1\r\n");
    head.append("Host: 127.0.0.1\r\nConnection: close\r\n");
    request.headers().forEach((name, value) -> head.append(name + ": " + value + "\r\n"));
    if (!request.body().isEmpty() || request.method().equals("POST")) {
      head.append("Content-Length: ").append(request.body().length()).append("\r\n");
    }
    head.append("\r\n").append(request.body());
    try (Socket socket = new Socket("127.0.0.1", server.server.port())) {
      socket.setSoTimeout(20_000);
      socket.getOutputStream().write(head.toString().getBytes(StandardCharsets.ISO_8859_1));
      return answer(request, socket.getInputStream().readAllBytes());
    }
  }

  private static Answer answer(ApiCases.Case request, byte[] all) {
    String text = new String(all, StandardCharsets.ISO_8859_1);
    int end = text.indexOf("\r\n\r\n");
    Matcher status = STATUS.matcher(text);
    if (end < 0 || !status.lookingAt()) {
      throw new AssertionError(
          "expected an answer of HTTP to %s, found: %s".formatted(request, text));
    }
    String head = text.substring(0, end);
    Matcher type = TYPE.matcher(head);
    String body = text.substring(end + 4);
    byte[] bytes =
        head.toLowerCase(java.util.Locale.ROOT).contains("transfer-encoding: chunked")
            ? unchunked(body)
            : body.getBytes(StandardCharsets.ISO_8859_1);
    return new Answer(
        Integer.parseInt(status.group(1)), type.find() ? type.group(1) : "none", bytes);
  }

  private static byte[] unchunked(String body) {
    ByteArrayOutputStream whole = new ByteArrayOutputStream();
    int at = 0;
    while (at < body.length()) {
      int line = body.indexOf("\r\n", at);
      int length = Integer.parseInt(body.substring(at, line).strip(), 16);
      byte[] chunk =
          body.substring(line + 2, line + 2 + length).getBytes(StandardCharsets.ISO_8859_1);
      whole.write(chunk, 0, chunk.length);
      at = line + 2 + length + 2;
    }
    return whole.toByteArray();
  }

  /** How an answer differs from the description. */
  private static List<String> wrong(ApiCases.Case request, Answer answer) throws IOException {
    List<String> wrong = new ArrayList<>();
    if (request.how().equals("another method")) {
      if (answer.status != 405 && !(request.method().equals("OPTIONS") && answer.status == 200)) {
        wrong.add("another method is answered " + answer.status);
      }
      return wrong;
    }
    boolean head = request.method().equals("HEAD");
    if (!head || !api.operation(request.operation()).get("responses").has("" + answer.status)) {
      wrong.addAll(api.wrong(request.operation(), answer.status, answer.type, answer.body));
    }
    if (answer.status >= 500) {
      wrong.add("an error of the server: " + answer.status);
    }
    if (request.valid() && !TAKEN.contains(answer.status)) {
      wrong.add("what is as described is refused: " + answer.status);
    }
    if (!request.valid() && answer.status < 400) {
      wrong.add("what is not as described is taken: " + answer.status);
    }
    if (request.operation().equals("events") && answer.status == 200) {
      wrong.addAll(events(new String(answer.body, StandardCharsets.UTF_8)));
    }
    return wrong;
  }

  private static List<String> events(String stream) throws IOException {
    List<String> wrong = new ArrayList<>();
    Matcher event = EVENT.matcher(stream.replace("\r\n", "\n"));
    int count = 0;
    while (event.find()) {
      JsonNode data = new ObjectMapper().readTree(event.group(2));
      wrong.addAll(api.wrong(event.group(1).equals("status") ? "Event" : "Progress", data));
      count++;
    }
    if (count == 0) {
      wrong.add("a stream without events: " + stream);
    }
    return wrong;
  }

  private static void check(long seed, int requests) throws Exception {
    Set<String> found = new TreeSet<>();
    ApiCases cases = new ApiCases(api, seed, server.alice, JOBS);
    for (int i = 0; i < requests; i++) {
      ApiCases.Case request = cases.next();
      Answer answer = send(request);
      for (String wrong : wrong(request, answer)) {
        if (found.size() < 40) {
          found.add(
              wrong + ": " + request + " -> " + new String(answer.body, StandardCharsets.UTF_8));
        }
      }
      if (answer.status == 202) {
        JOBS.set(Math.floorMod(seed + i, JOBS.size()), id(answer));
      }
    }
    assertWithMessage(String.join("\n", found)).that(found).isEmpty();
  }

  private static String id(Answer answer) throws IOException {
    return new ObjectMapper().readTree(answer.body).get("id").asText();
  }

  @Test
  @Timeout(120)
  void theServerIsAsItIsDescribed() throws Exception {
    check(1, 700);
  }

  /** As half of all that a clock gives, whose last 32 bits are a number below zero. */
  @Test
  void aSeedMayBeNegative() throws Exception {
    check(-1000, 40);
  }

  @Test
  @Tag("nightly")
  @Timeout(900)
  void evenWithManyMoreRequests() throws Exception {
    long seed = System.nanoTime();
    System.out.println("requests of seed " + seed);
    for (int round = 0; round < 40; round++) {
      check(seed + round, 1000);
    }
  }
}
