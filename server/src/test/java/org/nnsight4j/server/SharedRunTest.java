package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.function.UnaryOperator;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** Jobs that share a run end as they would alone, whatever happens to one of them. */
final class SharedRunTest {
  private static final String BUSY = "sleep 700";

  @TempDir Path data;
  @TempDir Path markers;

  /** One worker in a process of its own. */
  private TestServer start(UnaryOperator<ServerOptions> change) throws Exception {
    return TestServer.start(
        data,
        options ->
            change.apply(
                ServerOptions.local(data, List.of(new ModelSpec("m", "test", "", 1)))
                    .withListen(options.listen())
                    .withWorkerJvm(options.workerJvm())
                    .withLimits(options.limits())));
  }

  private TestServer start() throws Exception {
    return start(options -> options);
  }

  /** Sends requests while the worker is busy, each of a user of its own. */
  private static List<String> submit(TestServer server, String... requests) throws Exception {
    String busy = server.submit(server.alice, BUSY);
    server.until(server.alice, busy, "RUNNING");
    List<String> ids = new ArrayList<>();
    for (String request : requests) {
      ids.add(server.submit(server.bob, request));
    }
    return ids;
  }

  private static double measured(TestServer server, String name) throws Exception {
    String text =
        new String(
            server
                .send(
                    HttpRequest.newBuilder(server.adminUri("/metrics"))
                        .header("Authorization", "Bearer " + server.admin))
                .body(),
            StandardCharsets.UTF_8);
    return text.lines()
        .filter(line -> line.startsWith(name + "{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }

  private static JsonNode completed(TestServer server, String id, String request) throws Exception {
    JsonNode job = server.ended(server.bob, id);
    assertWithMessage("%s", job).that(job.get("status").asText()).isEqualTo("COMPLETED");
    assertThat(server.get(server.bob, "/v1/jobs/" + id + "/result").body())
        .isEqualTo(TestKind.result(request));
    return job;
  }

  @Test
  void jobsThatAreAlikeShareARunAndOthersDoNot() throws Exception {
    try (TestServer server = start()) {
      String[] requests = {"alike one", "steps 2 1", "alike two", "echo three"};
      List<String> ids = submit(server, requests);
      for (int i = 0; i < requests.length; i++) {
        assertThat(completed(server, ids.get(i), requests[i]).get("attempt").asInt()).isEqualTo(1);
      }
      assertThat(measured(server, "nnsight4j_shared_runs_total")).isEqualTo(1);
      assertThat(measured(server, "nnsight4j_shared_jobs_total")).isEqualTo(2);
    }
  }

  @Test
  void noRunsShareIfTheOperatorForbidsIt() throws Exception {
    try (TestServer server = start(options -> options.withShare(1))) {
      List<String> ids = submit(server, "alike one", "alike two");
      completed(server, ids.get(0), "alike one");
      completed(server, ids.get(1), "alike two");
      assertThat(measured(server, "nnsight4j_shared_runs_total")).isEqualTo(0);
    }
  }

  @Test
  void asManyRunsShareAsTheOperatorAllows() throws Exception {
    try (TestServer server =
        start(
            options ->
                options
                    .withShare(2)
                    .withLimits(Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 100_000)))) {
      String[] requests = {"alike 1", "alike 2", "alike 3", "alike 4"};
      List<String> ids = submit(server, requests);
      for (int i = 0; i < requests.length; i++) {
        completed(server, ids.get(i), requests[i]);
      }
      assertThat(measured(server, "nnsight4j_shared_runs_total")).isEqualTo(2);
    }
  }

  @Test
  void aJobThatDoesNotFitTheOthersRunsAlone() throws Exception {
    try (TestServer server = start()) {
      String[] requests = {"alike apart", "alike two", "alike apart 3", "alike four"};
      List<String> ids = submit(server, requests);
      for (int i = 0; i < requests.length; i++) {
        assertThat(completed(server, ids.get(i), requests[i]).get("attempt").asInt()).isEqualTo(1);
      }
      assertThat(measured(server, "nnsight4j_shared_jobs_total")).isEqualTo(2);
    }
  }

  @Test
  void ifNothingCanBeSharedEachRunsAlone() throws Exception {
    try (TestServer server = start()) {
      String[] requests = {"alike one", "alike throw", "alike three", "alike four"};
      List<String> ids = submit(server, requests);
      for (int i = 0; i < requests.length; i++) {
        assertThat(completed(server, ids.get(i), requests[i]).get("attempt").asInt()).isEqualTo(1);
      }
      assertThat(measured(server, "nnsight4j_shared_runs_total")).isEqualTo(0);
    }
  }

  @Test
  void aCrashCostsEachOneAttempt() throws Exception {
    try (TestServer server = start()) {
      String crash = "alike crash-first " + markers.resolve("once");
      String[] requests = {"alike one", crash};
      List<String> ids = submit(server, requests);
      for (int i = 0; i < requests.length; i++) {
        assertThat(completed(server, ids.get(i), requests[i]).get("attempt").asInt()).isEqualTo(2);
      }
    }
  }

  @Test
  void aCancelledJobEndsAndTheOthersLoseNoAttempt() throws Exception {
    try (TestServer server = start()) {
      List<String> ids = submit(server, "alike one", "alike sleep 8000");
      server.until(server.bob, ids.get(1), "RUNNING");
      server.post(server.bob, "/v1/jobs/" + ids.get(1) + "/cancel", "");
      assertThat(server.ended(server.bob, ids.get(1)).get("status").asText())
          .isEqualTo("CANCELLED");
      assertThat(completed(server, ids.get(0), "alike one").get("attempt").asInt()).isEqualTo(1);
    }
  }

  @Test
  @Tag("nightly")
  void aJobOverItsTimeEndsAndTheOthersLoseNoAttempt() throws Exception {
    try (TestServer server = start()) {
      String busy = server.submit(server.alice, BUSY);
      server.until(server.alice, busy, "RUNNING");
      String other = server.submit(server.bob, "alike one");
      String id =
          TestServer.json(
                  server.post(server.bob, "/v1/jobs?model=m&timeLimit=1", "alike sleep 8000"))
              .get("id")
              .asText();
      JsonNode ended = server.ended(server.bob, id);
      assertThat(ended.get("problem").get("type").asText())
          .isEqualTo("urn:nnsight4j:problem:time-limit");
      assertThat(completed(server, other, "alike one").get("attempt").asInt()).isEqualTo(1);
    }
  }

  @Test
  @Tag("nightly")
  void jobsSharingARunWhenTheServerStoppedRunAtTheNextStart() throws Exception {
    List<String> ids;
    try (TestServer server = start()) {
      ids = submit(server, "alike one", "alike sleep 6000");
      server.until(server.bob, ids.get(1), "RUNNING");
    }
    try (TestServer server = start()) {
      String key = server.key("bob", Role.USER);
      for (String id : ids) {
        JsonNode job = server.ended(key, id);
        assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
        assertThat(job.get("attempt").asInt()).isEqualTo(1);
      }
    }
  }

  @Test
  void theMoreImportantGoesFirstThoughOthersAreAlike() throws Exception {
    try (TestServer server = start()) {
      String busy = server.submit(server.alice, BUSY);
      server.until(server.alice, busy, "RUNNING");
      List<String> alike = List.of(bulk(server), bulk(server));
      String first =
          TestServer.json(
                  server.post(server.bob, "/v1/jobs?model=m&priority=interactive", "steps 1 1"))
              .get("id")
              .asText();
      String begun = server.ended(server.bob, first).get("startedAt").asText();
      for (String id : alike) {
        assertThat(server.ended(server.bob, id).get("startedAt").asText()).isGreaterThan(begun);
      }
    }
  }

  private static String bulk(TestServer server) throws Exception {
    return TestServer.json(server.post(server.bob, "/v1/jobs?model=m&priority=bulk", "alike x"))
        .get("id")
        .asText();
  }
}
