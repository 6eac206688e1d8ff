package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.TestServer;

/** Jobs that wait for a worker of the only server are run without its scheduler. */
@Timeout(60)
final class TakenJobsTest {
  @TempDir Path data;
  private TestServer server;

  @BeforeEach
  void start() throws Exception {
    open();
    // Once there is a worker.
    server.ended(server.alice, server.submit(server.alice, "echo first"));
  }

  private void open() throws Exception {
    server =
        TestServer.start(
            data,
            options ->
                new ServerOptions(
                    options.data(),
                    options.listen(),
                    options.database(),
                    List.of(new ModelSpec("m", "test", "", 1)),
                    options.limits(),
                    options.inProcess(),
                    options.workerJvm(),
                    options.heartbeat(),
                    options.share(),
                    options.batchRows(),
                    options.operator()));
  }

  @AfterEach
  void close() {
    server.close();
  }

  /** Who has the task of a job: a server, or nobody yet. */
  private String holder(String id) throws Exception {
    try (Connection connection =
            DriverManager.getConnection("jdbc:sqlite:" + data.resolve("jobs.sqlite"));
        PreparedStatement query =
            connection.prepareStatement(
                "select picked_by from scheduled_tasks where task_instance = ?")) {
      query.setString(1, id);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next() ? String.valueOf(rows.getString(1)) : "no task";
      }
    }
  }

  private String busy() throws Exception {
    String id = server.submit(server.bob, "sleep 60000");
    server.until(server.bob, id, "RUNNING");
    return id;
  }

  private void cancel(String key, String id) throws Exception {
    server.post(key, "/v1/jobs/" + id + "/cancel", "");
  }

  @Test
  void theServerTakesWhatItReleases() throws Exception {
    String runs = busy();
    List<String> waiting = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      waiting.add(server.submit(server.alice, "echo " + i));
    }
    for (int i = 0; i < 4; i++) {
      assertThat(holder(waiting.get(i))).endsWith(" at once");
    }
    // Others of this user are not with the workers yet.
    assertThat(holder(waiting.get(4))).isEqualTo("no task");
    cancel(server.bob, runs);
    for (String id : waiting) {
      JsonNode job = server.ended(server.alice, id);
      assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
      assertThat(job.get("attempt").asInt()).isEqualTo(1);
      assertThat(holder(id)).isEqualTo("no task");
    }
  }

  @Test
  void whileAModelIsPausedTheSchedulerHasItsJobs() throws Exception {
    server.model("pause");
    String id = server.submit(server.alice, "echo x");
    assertThat(holder(id)).isEqualTo("null");
    server.model("resume");
    assertThat(server.ended(server.alice, id).get("status").asText()).isEqualTo("COMPLETED");
  }

  @Test
  void whatWaitsAtTheEndRunsAtTheNextStart() throws Exception {
    String runs = busy();
    String id = server.submit(server.alice, "echo x");
    server.close();
    open();
    cancel(server.bob, runs);
    assertThat(server.ended(server.alice, id).get("attempt").asInt()).isEqualTo(1);
  }

  @Test
  void aRequestWhoseJobIsCancelledBeforeItsTurnIsAnswered() throws Exception {
    String runs = busy();
    CompletableFuture<HttpResponse<byte[]>> waits =
        server.http.sendAsync(
            server
                .request(server.alice, "/v1/jobs?model=m")
                .header("Prefer", "wait=40")
                .POST(HttpRequest.BodyPublishers.ofString("echo x"))
                .build(),
            HttpResponse.BodyHandlers.ofByteArray());
    JsonNode own = TestServer.json(server.get(server.alice, "/v1/jobs")).get("jobs");
    for (int i = 0; i < 1000 && own.size() < 2; i++) {
      Thread.sleep(5);
      own = TestServer.json(server.get(server.alice, "/v1/jobs")).get("jobs");
    }
    String id = own.get(0).get("id").asText();
    assertThat(holder(id)).endsWith(" at once");
    cancel(server.alice, id);
    HttpResponse<byte[]> answer = waits.get(20, TimeUnit.SECONDS);
    assertThat(answer.statusCode()).isEqualTo(200);
    assertThat(TestServer.json(answer).get("status").asText()).isEqualTo("CANCELLED");
    assertThat(holder(id)).isEqualTo("no task");
    assertThat(server.job(server.bob, runs).get("status").asText()).isEqualTo("RUNNING");
  }
}
