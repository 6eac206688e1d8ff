package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.remote.Job;
import org.nnsight4j.remote.JobStatus;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.remote.SubmitOptions;
import org.nnsight4j.remote.Watcher;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** A request that waits for the end of its job, and results that need no file. */
@Timeout(60)
final class WaitingRequestTest {
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

  private static HttpResponse<byte[]> send(String body, String... headers) throws Exception {
    return server.post(server.alice, "/v1/jobs?model=m", body, headers);
  }

  private static String text(HttpResponse<byte[]> response) {
    return new String(response.body(), StandardCharsets.UTF_8);
  }

  private static String header(HttpResponse<?> response, String name) {
    return response.headers().firstValue(name).orElse("none");
  }

  @Test
  void theAnswerIsTheJobThatHasEnded() throws Exception {
    HttpResponse<byte[]> answer = send("echo x", "Prefer", "wait=20");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Preference-Applied")).isEqualTo("wait=20");
    JsonNode job = TestServer.json(answer);
    assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
    assertThat(job)
        .isEqualTo(TestServer.json(server.get(server.alice, "/v1/jobs/" + job.get("id").asText())));
    assertThat(header(answer, "Location")).endsWith("/v1/jobs/" + job.get("id").asText());
    // A failure is an end, too.
    JsonNode failed = TestServer.json(send("fail x", "Prefer", "wait=20"));
    assertThat(failed.get("problem").get("module").asText()).isEqualTo("transformer.h.3.mlp");
    // The events are those of any job.
    String events =
        text(server.get(server.alice, "/v1/jobs/" + job.get("id").asText() + "/events"));
    List<String> states = new ArrayList<>();
    events
        .lines()
        .filter(line -> line.startsWith("data:"))
        .forEach(line -> states.add(line.replaceAll(".*?\"status\":\"([A-Z]+)\".*", "$1")));
    assertThat(states).containsExactly("RECEIVED", "APPROVED", "RUNNING", "COMPLETED").inOrder();
  }

  @Test
  void aSmallResultComesAlongAndIsKeptLikeOthers() throws Exception {
    byte[] expected = TestKind.result("row x");
    HttpResponse<byte[]> answer =
        send("row x", "Prefer", "wait=20", "Accept", "multipart/mixed, application/json");
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(header(answer, "Content-Type")).startsWith("multipart/mixed;boundary=");
    String all = new String(answer.body(), StandardCharsets.ISO_8859_1);
    assertThat(all).contains(new String(expected, StandardCharsets.ISO_8859_1));
    String id = all.replaceAll("(?s).*\"id\":\"([0-9a-f-]+)\".*", "$1");
    HttpResponse<byte[]> whole = server.get(server.alice, "/v1/jobs/" + id + "/result");
    assertThat(whole.body()).isEqualTo(expected);
    assertThat(header(whole, "ETag")).isEqualTo("\"" + Sha256.of(expected) + "\"");
    HttpResponse<byte[]> part =
        server.get(server.alice, "/v1/jobs/" + id + "/result", "Range", "bytes=8-15");
    assertThat(part.statusCode()).isEqualTo(206);
    assertThat(text(part)).isEqualTo(new String(expected, 8, 8, StandardCharsets.UTF_8));
    try (var files = Files.list(data.resolve("results"))) {
      assertThat(files.filter(file -> file.toString().contains(id)).toList()).isEmpty();
    }
    assertThat(server.send(server.request(server.alice, "/v1/jobs/" + id).DELETE()).statusCode())
        .isEqualTo(204);
    assertThat(server.get(server.alice, "/v1/jobs/" + id + "/result").statusCode()).isEqualTo(404);
  }

  @Test
  void aJobThatTakesLongerIsAcceptedAsUsual() throws Exception {
    HttpResponse<byte[]> answer = send("sleep 60000", "Prefer", "respond-async, wait=1");
    assertThat(answer.statusCode()).isEqualTo(202);
    assertThat(header(answer, "Preference-Applied")).isEqualTo("wait=1");
    JsonNode job = TestServer.json(answer);
    assertThat(job.get("status").asText()).isEqualTo("RUNNING");
    // While a request waits, its job can be ended by another.
    CompletableFuture<HttpResponse<byte[]>> waits =
        server.http.sendAsync(
            server
                .request(server.bob, "/v1/jobs?model=m")
                .header("Prefer", "wait=30")
                .POST(HttpRequest.BodyPublishers.ofString("sleep 60000"))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    JsonNode bobs = TestServer.json(server.get(server.bob, "/v1/jobs")).get("jobs");
    for (int i = 0; i < 1000 && bobs.isEmpty(); i++) {
      Thread.sleep(5);
      bobs = TestServer.json(server.get(server.bob, "/v1/jobs")).get("jobs");
    }
    server.post(server.bob, "/v1/jobs/" + bobs.get(0).get("id").asText() + "/cancel", "");
    HttpResponse<byte[]> cancelled = waits.get();
    assertThat(cancelled.statusCode()).isEqualTo(200);
    assertThat(TestServer.json(cancelled).get("status").asText()).isEqualTo("CANCELLED");
    server.post(server.alice, "/v1/jobs/" + job.get("id").asText() + "/cancel", "");
  }

  @Test
  void theSameRequestWaitsForTheSameJob() throws Exception {
    String first =
        TestServer.json(send("echo y", "Prefer", "wait=20", "Idempotency-Key", "k"))
            .get("id")
            .asText();
    HttpResponse<byte[]> again = send("echo y", "Prefer", "wait=20", "Idempotency-Key", "k");
    assertThat(TestServer.json(again).get("id").asText()).isEqualTo(first);
    assertThat(again.statusCode()).isEqualTo(200);
    assertThat(send("nonsense", "Prefer", "wait=20").statusCode()).isEqualTo(422);
    assertThat(send("echo z", "Prefer", "wait=x").statusCode()).isEqualTo(202);
  }

  @Test
  void theClientNeedsOneRequest() {
    List<JobStatus> heard = new ArrayList<>();
    RemoteServer client =
        RemoteServer.at(server.uri("").toString(), server.alice)
            .watchedBy(
                new Watcher() {
                  @Override
                  public void status(String jobId, JobStatus status, String text) {
                    heard.add(status);
                  }
                });
    byte[] body = "row client".getBytes(StandardCharsets.UTF_8);
    Job job = client.submitAndWait("m", body, SubmitOptions.defaults());
    assertThat(job.awaitBytes()).isEqualTo(TestKind.result("row client"));
    assertThat(heard)
        .containsExactly(JobStatus.RECEIVED, JobStatus.RUNNING, JobStatus.COMPLETED)
        .inOrder();
    assertThat(job.awaitFile(data.resolve("here"))).isEqualTo(data.resolve("here"));
    assertThat(job.await()).containsKey("echo");
    // A result in a file is fetched as ever.
    Job file =
        client.submitAndWait(
            "m", "echo file".getBytes(StandardCharsets.UTF_8), SubmitOptions.defaults());
    assertThat(file.awaitBytes()).isEqualTo(TestKind.result("echo file"));
    // So is that of a job which takes longer than the request waits.
    Job slow =
        client.submitAndWait(
            "m", "sleep 2300".getBytes(StandardCharsets.UTF_8), SubmitOptions.defaults());
    assertThat(slow.awaitBytes()).isEqualTo(TestKind.result("sleep 2300"));
  }

  @Test
  void whatTheServerCannotFinishRunsAtTheNextStart(@TempDir Path own) throws Exception {
    String id;
    try (TestServer first =
        TestServer.start(
            own, options -> options.withLimits(Limits.USUAL.with(Limit.INLINE_RESULT_BYTES, 1)))) {
      id = first.submit(first.alice, "sleep 700");
      first.until(first.alice, id, "RUNNING");
    }
    try (TestServer second = TestServer.start(own)) {
      assertThat(second.ended(second.alice, id).get("status").asText()).isEqualTo("COMPLETED");
    }
  }
}
