package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** From the request to the bytes of the result. */
final class LifeOfAJobTest {
  @TempDir Path data;

  @Test
  void aJobIsAcceptedRunAndGivesItsBytes() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      String id = server.submit(server.alice, "echo hello");
      JsonNode job = server.ended(server.alice, id);
      assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
      assertThat(server.get(server.alice, "/v1/jobs/" + id + "/result").body())
          .isEqualTo(TestKind.result("echo hello"));
    }
  }

  @Test
  void aJobFailsWithWhatTheRunSaid() throws Exception {
    try (TestServer server = TestServer.start(data)) {
      JsonNode job = server.ended(server.alice, server.submit(server.alice, "fail too wide"));
      assertThat(job.get("status").asText()).isEqualTo("ERROR");
      assertThat(job.get("problem").get("detail").asText()).isEqualTo("too wide");
      assertThat(job.get("problem").get("node").asInt()).isEqualTo(7);
      assertThat(job.get("problem").get("module").asText()).isEqualTo("transformer.h.3.mlp");
      assertThat(job.get("problem").get("line").asText()).isEqualTo("Experiment.java:42");
    }
  }
}
