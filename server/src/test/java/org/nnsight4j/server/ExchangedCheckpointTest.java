package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.TestServer;

/** A job runs on the checkpoint for which it was accepted, or it does not run. */
@Timeout(120)
final class ExchangedCheckpointTest {
  @TempDir Path data;
  @TempDir Path models;

  private TestServer start(boolean inProcess) throws Exception {
    List<ModelSpec> spec =
        List.of(new ModelSpec("m", "test", models.resolve("weights").toString(), 1));
    return TestServer.start(
        data,
        options ->
            ServerOptions.local(data, spec)
                .withListen(options.listen())
                .withLimits(options.limits())
                .withWorkerJvm(options.workerJvm())
                .withInProcess(inProcess));
  }

  @Test
  void aJobForOtherWeightsIsRefusedWithAReason() throws Exception {
    Files.writeString(models.resolve("weights"), "weights A");
    String waiting;
    try (TestServer server = start(true)) {
      JsonNode model = TestServer.json(server.get(server.alice, "/v1/models/m"));
      assertThat(model.get("digest").asText()).isEqualTo("weights A");
      server.model("pause");
      waiting = server.submit(server.alice, "echo x");
      assertThat(server.job(server.alice, waiting).get("modelDigest").asText())
          .isEqualTo("weights A");
    }
    Files.writeString(models.resolve("weights"), "weights B");
    try (TestServer server = start(true)) {
      server.model("resume");
      JsonNode job = server.ended(server.alice, waiting);
      assertThat(job.get("status").asText()).isEqualTo("ERROR");
      JsonNode problem = job.get("problem");
      assertThat(problem.get("type").asText()).isEqualTo("urn:nnsight4j:problem:other-checkpoint");
      assertThat(problem.get("detail").asText())
          .isEqualTo(
              "expected the checkpoint of the model 'm' as it was when the job was accepted, found"
                  + " another: its operator has exchanged it; send the job again to run it with"
                  + " that one");
      assertThat(problem.get("accepted").asText()).isEqualTo("weights A");
      assertThat(problem.get("found").asText()).isEqualTo("weights B");
      String again = server.submit(server.alice, "echo x");
      assertThat(server.ended(server.alice, again).get("status").asText()).isEqualTo("COMPLETED");
    }
  }

  /** Workers that start later must not have other weights than those that were there. */
  @Test
  void anExchangeUnderARunningServerIsNoticed() throws Exception {
    Files.writeString(models.resolve("weights"), "weights A");
    try (TestServer server = start(false)) {
      server.ended(server.alice, server.submit(server.alice, "echo x"));
      Files.writeString(models.resolve("weights"), "weights B");
      // The worker that is there has the weights that it has loaded.
      server.ended(server.alice, server.submit(server.alice, "echo x"));
      String crash = server.submit(server.alice, "crash-first " + models.resolve("once"));
      server.untilReady(
          "503 the checkpoint of the model 'm' is not the one that was there when the server"
              + " started; start the server again to serve it");
      assertThat(server.job(server.alice, crash).get("status").asText()).isEqualTo("APPROVED");
      Files.writeString(models.resolve("weights"), "weights A");
      assertThat(server.ended(server.alice, crash).get("status").asText()).isEqualTo("COMPLETED");
      server.untilReady("200 ok");
    }
  }
}
