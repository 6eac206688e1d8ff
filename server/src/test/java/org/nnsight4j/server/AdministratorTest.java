package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.testing.TestServer;

/** The administrator sees the jobs of all users, ends them, and takes a server out of service. */
@Timeout(120)
final class AdministratorTest {
  @TempDir Path data;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    server = TestServer.start(data);
  }

  @AfterEach
  void close() {
    server.close();
  }

  private List<String> ids(String query) throws Exception {
    HttpResponse<byte[]> response = server.administer("GET", "/admin/jobs" + query);
    assertThat(response.statusCode()).isEqualTo(200);
    List<String> ids = new ArrayList<>();
    TestServer.json(response).get("jobs").forEach(job -> ids.add(job.get("id").asText()));
    return ids;
  }

  @Test
  void jobsOfAllUsersAreSeenAndEnded() throws Exception {
    String alices = server.submit(server.alice, "sleep 60000");
    String bobs = server.submit(server.bob, "sleep 60000");
    String done = server.submit(server.bob, "echo a-private-prompt");
    server.until(server.alice, alices, "RUNNING");
    assertThat(ids("")).containsExactly(done, bobs, alices).inOrder();
    assertThat(ids("?owner=bob")).containsExactly(done, bobs).inOrder();
    assertThat(ids("?owner=bob&state=RUNNING")).containsExactly(bobs);
    assertThat(ids("?before=" + bobs)).containsExactly(alices);
    assertThat(ids("?limit=1")).containsExactly(done);
    assertThat(ids("?model=other")).isEmpty();
    HttpResponse<byte[]> one = server.administer("GET", "/admin/jobs/" + alices);
    JsonNode job = TestServer.json(one);
    assertThat(job.get("owner").asText()).isEqualTo("alice");
    assertThat(job.get("key").asText()).isEqualTo(server.alice.substring(4, 14));
    assertThat(job.get("status").asText()).isEqualTo("RUNNING");
    assertThat(ids("?key=" + job.get("key").asText())).containsExactly(alices);
    assertThat(server.administer("POST", "/admin/jobs/" + alices + "/cancel").statusCode())
        .isEqualTo(200);
    assertThat(server.ended(server.alice, alices).get("status").asText()).isEqualTo("CANCELLED");
    assertThat(server.ended(server.bob, done).get("status").asText()).isEqualTo("COMPLETED");
    HttpResponse<byte[]> all = server.administer("POST", "/admin/jobs/cancel?owner=bob");
    assertThat(TestServer.json(all).get("cancelled").asInt()).isEqualTo(1);
    assertThat(server.ended(server.bob, bobs).get("status").asText()).isEqualTo("CANCELLED");
    assertThat(new String(one.body(), StandardCharsets.UTF_8)).doesNotContain("a-private-prompt");
    String log = Files.readString(data.resolve("audit.jsonl"));
    assertThat(log)
        .containsMatch("\"cancel\",\"owner\":\"root\".*" + alices + ".*\"of\":\"alice\"");
    assertThat(log).containsMatch("\"jobs\":\"owner=bob\",\"cancelled\":1");
  }

  @Test
  void invalidRequestsAreRefused() throws Exception {
    assertThat(server.administer("POST", "/admin/jobs/cancel").statusCode()).isEqualTo(400);
    assertThat(server.administer("POST", "/admin/jobs/cancel?user=bob").statusCode())
        .isEqualTo(400);
    assertThat(server.administer("GET", "/admin/jobs?state=LATE").statusCode()).isEqualTo(400);
    assertThat(server.administer("GET", "/admin/jobs/x").statusCode()).isEqualTo(404);
    assertThat(server.administer("POST", "/admin/models/x/drain").statusCode()).isEqualTo(404);
    assertThat(server.administer("POST", "/admin/models/m/stop").statusCode()).isEqualTo(400);
  }

  @Test
  void aRevokedKeysJobsEnd() throws Exception {
    var stolen = server.server.keys().create("alice", "", Role.USER, Priority.NORMAL, null);
    String own = server.submit(server.alice, "sleep 1500");
    List<String> ids = new ArrayList<>();
    for (int i = 0; i < 8; i++) {
      ids.add(server.submit(stolen.text(), "sleep 60000"));
    }
    assertThat(server.administer("DELETE", "/admin/keys/" + stolen.key().id()).statusCode())
        .isEqualTo(204);
    for (String id : ids) {
      assertThat(server.ended(server.alice, id).get("status").asText()).isEqualTo("CANCELLED");
    }
    assertThat(server.ended(server.alice, own).get("status").asText()).isEqualTo("COMPLETED");
  }

  /** However it was revoked: a process that dies just then has not lost that. */
  @Test
  void jobsOfARevokedKeyAreFoundLater() throws Exception {
    var stolen = server.server.keys().create("alice", "", Role.USER, Priority.NORMAL, null);
    String id = server.submit(stolen.text(), "sleep 60000");
    assertThat(server.server.keys().revoke(stolen.key().id())).isTrue();
    assertThat(server.ended(server.alice, id).get("status").asText()).isEqualTo("CANCELLED");
  }

  @Test
  void aDrainedServerEndsWhatItHas() throws Exception {
    String running = server.submit(server.alice, "sleep 700");
    assertThat(server.administer("POST", "/admin/drain").statusCode()).isEqualTo(204);
    HttpResponse<byte[]> refused = server.post(server.alice, "/v1/jobs?model=m", "echo x");
    assertThat(refused.statusCode()).isEqualTo(503);
    assertThat(TestServer.json(refused).get("type").asText())
        .isEqualTo("urn:nnsight4j:problem:drained");
    assertThat(refused.headers().firstValue("Retry-After")).isPresent();
    server.untilReady("503 the server is drained");
    assertThat(server.ended(server.alice, running).get("status").asText()).isEqualTo("COMPLETED");
    assertThat(server.administer("POST", "/admin/resume").statusCode()).isEqualTo(204);
    server.submit(server.alice, "echo x");
    server.untilReady("200 ok");
  }

  @Test
  void aDrainedModelEndsWhatItHas() throws Exception {
    String running = server.submit(server.alice, "sleep 700");
    server.model("drain");
    assertThat(server.post(server.alice, "/v1/jobs?model=m", "echo x").statusCode()).isEqualTo(503);
    assertThat(server.ended(server.alice, running).get("status").asText()).isEqualTo("COMPLETED");
    server.model("resume");
    server.submit(server.alice, "echo x");
  }
}
