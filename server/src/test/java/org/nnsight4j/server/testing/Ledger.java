package org.nnsight4j.server.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * What the client of a server that is killed again and again knows: which jobs were accepted, and
 * of which requests it never heard.
 */
public final class Ledger {
  /** A request and the key under which it may be sent again. */
  public record Sent(String key, String request) {}

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Set<String> TERMINAL = Set.of("COMPLETED", "ERROR", "CANCELLED");

  private final HttpClient http = HttpClient.newHttpClient();
  private final AtomicInteger count = new AtomicInteger();
  public final Map<String, Sent> accepted = new ConcurrentHashMap<>();
  public final ConcurrentLinkedQueue<Sent> unknown = new ConcurrentLinkedQueue<>();

  /** Sends a request; returns false if the server is gone. */
  public boolean send(int port, String apiKey, Sent sent) throws InterruptedException {
    // Every second request waits for the end of its job.
    return send(port, apiKey, sent, count.getAndIncrement() % 2 == 0 ? "wait=5" : "respond-async");
  }

  /** Sends a request and does not wait for the end of its job. */
  public boolean sendOnly(int port, String apiKey, Sent sent) throws InterruptedException {
    return send(port, apiKey, sent, "respond-async");
  }

  /** How often the jobs were started, each number once. */
  public Set<Integer> attempts(int port, String apiKey) throws Exception {
    Set<Integer> attempts = new TreeSet<>();
    for (String id : accepted.keySet()) {
      attempts.add(job(port, apiKey, id).get("attempt").asInt());
    }
    return attempts;
  }

  private boolean send(int port, String apiKey, Sent sent, String wait)
      throws InterruptedException {
    HttpRequest request =
        request(port, apiKey, "/v1/jobs?model=m")
            .header("Idempotency-Key", sent.key)
            .header("Prefer", wait)
            .POST(HttpRequest.BodyPublishers.ofString(sent.request))
            .build();
    try {
      HttpResponse<String> response = http.send(request, HttpResponse.BodyHandlers.ofString());
      if (response.statusCode() != 202 && response.statusCode() != 200) {
        throw new AssertionError(response.statusCode() + " " + response.body());
      }
      String id = MAPPER.readTree(response.body()).get("id").asText();
      Sent before = accepted.put(id, sent);
      if (before != null && !before.equals(sent)) {
        throw new AssertionError("two requests have the id " + id);
      }
      return true;
    } catch (IOException e) {
      unknown.add(sent);
      return false;
    }
  }

  /** Sends again what nothing was heard of. */
  public void sendUnknown(int port, String apiKey) throws InterruptedException {
    for (Sent sent = unknown.poll(); sent != null; sent = unknown.poll()) {
      if (!send(port, apiKey, sent)) {
        return;
      }
    }
  }

  /** Waits for the end of all jobs, and returns what is wrong. */
  public List<String> check(int port, String apiKey, Duration limit) throws Exception {
    List<String> wrong = new ArrayList<>();
    long end = System.nanoTime() + limit.toNanos();
    for (var entry : accepted.entrySet()) {
      String id = entry.getKey();
      JsonNode job = job(port, apiKey, id);
      while (!TERMINAL.contains(job.path("status").asText()) && System.nanoTime() < end) {
        Thread.sleep(20);
        job = job(port, apiKey, id);
      }
      check(port, apiKey, id, entry.getValue().request, job, wrong);
    }
    return wrong;
  }

  private void check(
      int port, String apiKey, String id, String request, JsonNode job, List<String> wrong)
      throws Exception {
    String expected = request.startsWith("fail") ? "ERROR" : "COMPLETED";
    if (!job.path("status").asText().equals(expected)) {
      wrong.add("%s %s: expected %s, found %s".formatted(id, request, expected, job));
      return;
    }
    if (expected.equals("COMPLETED")) {
      byte[] bytes =
          http.send(
                  request(port, apiKey, "/v1/jobs/" + id + "/result").build(),
                  HttpResponse.BodyHandlers.ofByteArray())
              .body();
      if (!Arrays.equals(bytes, TestKind.result(request))) {
        wrong.add("%s %s: other bytes".formatted(id, request));
      }
    }
    String events =
        http.send(
                request(port, apiKey, "/v1/jobs/" + id + "/events").build(),
                HttpResponse.BodyHandlers.ofString())
            .body();
    long ends =
        events
            .lines()
            .filter(line -> TERMINAL.stream().anyMatch(state -> line.contains("\"" + state + "\"")))
            .count();
    if (ends != 1) {
      wrong.add("%s %s: ended %s times".formatted(id, request, ends));
    }
  }

  /** How many jobs the server knows of this owner. */
  public int count(int port, String apiKey) throws Exception {
    int count = 0;
    String before = "";
    while (true) {
      JsonNode page =
          MAPPER
              .readTree(
                  http.send(
                          request(port, apiKey, "/v1/jobs?limit=200" + before).build(),
                          HttpResponse.BodyHandlers.ofString())
                      .body())
              .get("jobs");
      if (page.isEmpty()) {
        return count;
      }
      count += page.size();
      before = "&before=" + page.get(page.size() - 1).get("id").asText();
    }
  }

  private JsonNode job(int port, String apiKey, String id) throws Exception {
    return MAPPER.readTree(
        http.send(
                request(port, apiKey, "/v1/jobs/" + id).build(),
                HttpResponse.BodyHandlers.ofString())
            .body());
  }

  private static HttpRequest.Builder request(int port, String apiKey, String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:%s%s".formatted(port, path)))
        .timeout(Duration.ofSeconds(20))
        .header("Authorization", "Bearer " + apiKey);
  }
}
