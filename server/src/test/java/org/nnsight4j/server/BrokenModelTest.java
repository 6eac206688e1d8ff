package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** A model that cannot be loaded: its jobs wait, without wearing the machine out. */
final class BrokenModelTest {
  @Test
  void jobsWaitAndLoadingIsRetriedLessAndLessOften(@TempDir Path data) throws Exception {
    Path weights = data.resolve("weights");
    ModelSpec model = new ModelSpec("m", "test", weights.toString(), 1);
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                ServerOptions.local(data, List.of(model))
                    .withListen(TestServer.ANY_PORT)
                    .withInProcess(true))) {
      int before = TestKind.OPENED.get();
      String id = server.submit(server.alice, "echo later");
      Thread.sleep(3000);
      assertThat(server.job(server.alice, id).get("status").asText()).isEqualTo("APPROVED");
      // After pauses of 0.25, 0.5, 1 and 2 seconds; the server loads once by itself.
      assertThat(TestKind.OPENED.get() - before).isAtLeast(2);
      assertThat(TestKind.OPENED.get() - before).isAtMost(7);
      Files.writeString(weights, "repaired");
      assertThat(server.ended(server.alice, id).get("status").asText()).isEqualTo("COMPLETED");
    }
  }
}
