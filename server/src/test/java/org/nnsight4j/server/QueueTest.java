package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** Turns, limits, cancelling and repeating. */
final class QueueTest {
  private static final Limits LIMITS = Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 100_000);

  @TempDir Path data;

  @Test
  void aUserWithManyJobsDoesNotKeepOthersWaiting() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      server.model("pause");
      List<String> many = new ArrayList<>();
      for (int i = 0; i < 40; i++) {
        many.add(server.submit(server.alice, "sleep 20"));
      }
      String one = server.submit(server.bob, "echo quick");
      server.model("resume");
      Instant bob = started(server.ended(server.bob, one));
      int before = 0;
      for (String id : many) {
        before += started(server.ended(server.alice, id)).isBefore(bob) ? 1 : 0;
      }
      // Those that Alice had with the workers already, and what they fetched just before.
      assertThat(before).isAtMost(6);
    }
  }

  private static Instant started(JsonNode job) {
    return Instant.parse(job.get("startedAt").asText());
  }

  @Test
  void ofOneUsersJobsTheMoreImportantStartFirst() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      server.model("pause");
      List<String> bulk = new ArrayList<>();
      for (int i = 0; i < 6; i++) {
        bulk.add(
            TestServer.json(server.post(server.alice, "/v1/jobs?model=m&priority=bulk", "sleep 30"))
                .get("id")
                .asText());
      }
      String interactive =
          TestServer.json(
                  server.post(server.bob, "/v1/jobs?model=m&priority=interactive", "echo x"))
              .get("id")
              .asText();
      server.model("resume");
      Instant first =
          Instant.parse(server.ended(server.bob, interactive).get("startedAt").asText());
      int earlier = 0;
      for (String id : bulk) {
        Instant start = Instant.parse(server.ended(server.alice, id).get("startedAt").asText());
        earlier += start.isBefore(first) ? 1 : 0;
      }
      // The workers may have fetched one each just when they resumed.
      assertThat(earlier).isAtMost(2);
    }
  }

  @Test
  void aFullQueueSaysSo() throws Exception {
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                options.withLimits(LIMITS.with(Limit.JOBS_PER_USER, 3).with(Limit.JOBS, 1000)))) {
      for (int i = 0; i < 3; i++) {
        server.submit(server.alice, "sleep 2000");
      }
      HttpResponse<byte[]> refused = server.post(server.alice, "/v1/jobs?model=m", "echo x");
      assertThat(refused.statusCode()).isEqualTo(429);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
      assertThat(TestServer.json(refused).get("detail").asText())
          .contains("expected at most 3 unfinished jobs of one user, found 3");
      server.submit(server.bob, "echo x");
    }
  }

  @Test
  void aFullServerSaysSo() throws Exception {
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                options.withLimits(LIMITS.with(Limit.JOBS_PER_USER, 100).with(Limit.JOBS, 2)))) {
      server.submit(server.alice, "sleep 2000");
      server.submit(server.bob, "sleep 2000");
      HttpResponse<byte[]> refused = server.post(server.bob, "/v1/jobs?model=m", "echo x");
      assertThat(refused.statusCode()).isEqualTo(503);
      assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    }
  }

  @Test
  void resultsThatTakeTooMuchRoomSaySo() throws Exception {
    try (TestServer server =
        TestServer.start(
            data, options -> options.withLimits(LIMITS.with(Limit.STORED_BYTES_PER_USER, 100)))) {
      String id = server.submit(server.alice, "big 8000");
      server.ended(server.alice, id);
      // The sum is as of some seconds ago; another user's first look is fresh.
      Thread.sleep(5200);
      HttpResponse<byte[]> refused = server.post(server.alice, "/v1/jobs?model=m", "echo x");
      assertThat(refused.statusCode()).isEqualTo(507);
      server.submit(server.bob, "echo x");
    }
  }

  @Test
  void theSameRequestUnderOneKeyIsOneJob() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      var first = server.post(server.alice, "/v1/jobs?model=m", "echo x", "Idempotency-Key", "k1");
      var again = server.post(server.alice, "/v1/jobs?model=m", "echo x", "Idempotency-Key", "k1");
      assertThat(first.statusCode()).isEqualTo(202);
      assertThat(again.statusCode()).isEqualTo(200);
      assertThat(TestServer.json(again).get("id")).isEqualTo(TestServer.json(first).get("id"));
      var other = server.post(server.alice, "/v1/jobs?model=m", "echo y", "Idempotency-Key", "k1");
      assertThat(other.statusCode()).isEqualTo(422);
      assertThat(TestServer.json(other).get("job")).isEqualTo(TestServer.json(first).get("id"));
    }
  }

  @Test
  void theSameBytesForAnotherModelAreAnotherRequest() throws Exception {
    List<ModelSpec> models =
        List.of(new ModelSpec("m", "test", "", 1), new ModelSpec("n", "test", "", 1));
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                ServerOptions.local(data, models)
                    .withListen(options.listen())
                    .withInProcess(true)
                    .withLimits(LIMITS))) {
      var first = server.post(server.alice, "/v1/jobs?model=m", "echo x", "Idempotency-Key", "k1");
      assertThat(first.statusCode()).isEqualTo(202);
      var other = server.post(server.alice, "/v1/jobs?model=n", "echo x", "Idempotency-Key", "k1");
      assertThat(other.statusCode()).isEqualTo(422);
      assertThat(TestServer.json(other).get("job")).isEqualTo(TestServer.json(first).get("id"));
    }
  }

  @Test
  void aNearlyFullDiskAcceptsNoJobs() throws Exception {
    try (TestServer server =
        TestServer.start(
            data,
            options -> options.withLimits(LIMITS.with(Limit.FREE_DISK_BYTES, Long.MAX_VALUE)))) {
      HttpResponse<byte[]> refused = server.post(server.alice, "/v1/jobs?model=m", "echo x");
      assertThat(refused.statusCode()).isEqualTo(507);
      assertThat(TestServer.json(refused).get("type").asText())
          .isEqualTo("urn:nnsight4j:problem:disk-full");
    }
  }

  @Test
  void aWaitingJobIsCancelledAtOnceAndARunningOneSoon() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      String running = server.submit(server.alice, "sleep 60000");
      server.submit(server.alice, "sleep 60000");
      String waiting = server.submit(server.alice, "echo never");
      server.until(server.alice, running, "RUNNING");
      assertThat(cancel(server, waiting).get("status").asText()).isEqualTo("CANCELLED");
      cancel(server, running);
      assertThat(server.ended(server.alice, running).get("status").asText()).isEqualTo("CANCELLED");
      assertThat(server.get(server.alice, "/v1/jobs/" + waiting + "/result").statusCode())
          .isEqualTo(409);
      // Again changes nothing.
      assertThat(cancel(server, running).get("status").asText()).isEqualTo("CANCELLED");
    }
  }

  private static JsonNode cancel(TestServer server, String id) throws Exception {
    return TestServer.json(server.post(server.alice, "/v1/jobs/" + id + "/cancel", ""));
  }

  @Test
  void aJobOverItsTimeEnds() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      String id =
          TestServer.json(server.post(server.alice, "/v1/jobs?model=m&timeLimit=1", "sleep 60000"))
              .get("id")
              .asText();
      JsonNode job = server.ended(server.alice, id);
      assertThat(job.get("problem").get("type").asText())
          .isEqualTo("urn:nnsight4j:problem:time-limit");
    }
  }

  @Test
  void aResultIsDeletedOnRequestAndWhenItsTimeIsOver() throws Exception {
    try (TestServer server =
        TestServer.start(data, options -> options.withLimits(LIMITS.with(Limit.KEEP_SECONDS, 1)))) {
      String id = server.submit(server.alice, "echo x");
      server.ended(server.alice, id);
      assertThat(data.resolve("results").toFile().list()).hasLength(1);
      assertThat(server.send(server.request(server.alice, "/v1/jobs/" + id).DELETE()).statusCode())
          .isEqualTo(204);
      assertThat(server.get(server.alice, "/v1/jobs/" + id).statusCode()).isEqualTo(404);
      assertThat(data.resolve("results").toFile().list()).isEmpty();

      String kept = server.submit(server.alice, "echo y");
      server.ended(server.alice, kept);
      int status = 200;
      for (int i = 0; i < 40 && status != 410; i++) {
        Thread.sleep(500);
        status = server.get(server.alice, "/v1/jobs/" + kept + "/result").statusCode();
      }
      assertThat(status).isEqualTo(410);
      assertThat(data.resolve("results").toFile().list()).isEmpty();
      assertThat(server.job(server.alice, kept).get("status").asText()).isEqualTo("COMPLETED");
    }
  }

  @Test
  void aJobThatRunsIsNotDeleted() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      String id = server.submit(server.alice, "sleep 3000");
      assertThat(server.send(server.request(server.alice, "/v1/jobs/" + id).DELETE()).statusCode())
          .isEqualTo(409);
    }
  }

  @Test
  void jobsRunningWhenTheServerStoppedRunAtTheNextStart() throws Exception {
    String id;
    try (TestServer server = TestServer.start(data)) {
      id = server.submit(server.alice, "sleep 700");
      server.until(server.alice, id, "RUNNING");
    }
    try (TestServer server = TestServer.start(data)) {
      JsonNode job = server.ended(server.alice, id);
      assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
      assertThat(job.get("attempt").asInt()).isEqualTo(1);
      assertThat(server.get(server.alice, "/v1/jobs/" + id + "/result").body())
          .isEqualTo(TestKind.result("sleep 700"));
    }
  }

  @Test
  void aJobThatNoWorkerTakesEndsWithAReason() throws Exception {
    try (TestServer server =
        TestServer.start(data, options -> options.withLimits(LIMITS.with(Limit.WAIT_SECONDS, 1)))) {
      server.model("pause");
      String id = server.submit(server.alice, "echo x");
      JsonNode job = server.ended(server.alice, id);
      assertThat(job.get("problem").get("type").asText())
          .isEqualTo("urn:nnsight4j:problem:waited-too-long");
    }
  }
}
