package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.testing.TestServer;

/** What a run has written when it ends early belongs to no job, and is deleted. */
@Timeout(120)
final class PartsTest {
  private static final String ATTEMPT =
      "01a20e2e-5d02-78b8-ab31-1d3bd29303d0.1.01a20e2e-5d02-78b8-ab31-1d3bd29303d1.safetensors";

  @TempDir Path data;

  private List<String> results() throws Exception {
    try (Stream<Path> files = Files.list(data.resolve("results"))) {
      return files.map(file -> file.getFileName().toString()).toList();
    }
  }

  private void untilWriting() throws Exception {
    while (results().stream().noneMatch(name -> name.endsWith(".part"))) {
      Thread.sleep(5);
    }
  }

  @Test
  void aJobCancelledWhileWritingLeavesNothing() throws Exception {
    try (TestServer server = TestServer.start(data, options -> options.withInProcess(false))) {
      for (int i = 0; i < 2; i++) {
        String id = server.submit(server.alice, "slowly 1000000 60000");
        untilWriting();
        server.post(server.alice, "/v1/jobs/" + id + "/cancel", "");
        assertThat(server.ended(server.alice, id).get("status").asText()).isEqualTo("CANCELLED");
        assertThat(results()).isEmpty();
      }
      String died = server.submit(server.alice, "slowly 1000000 0");
      server.ended(server.alice, died);
      assertThat(results()).hasSize(1);
    }
  }

  @Test
  void filesBeingWrittenCount() throws Exception {
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                options.withLimits(Limits.USUAL.with(Limit.STORED_BYTES_PER_USER, 500_000)))) {
      String id = server.submit(server.alice, "slowly 1000000 8000");
      untilWriting();
      // The sum is as of some seconds ago.
      Thread.sleep(5200);
      assertThat(server.post(server.alice, "/v1/jobs?model=m", "echo x").statusCode())
          .isEqualTo(507);
      server.submit(server.bob, "echo x");
      server.ended(server.alice, id);
    }
  }

  /**
   * Files of a server that was killed, which are no longer written; files with other names stay.
   */
  @Test
  void aStartRemovesIncompleteFiles() throws Exception {
    Files.createDirectories(data.resolve("results"));
    Files.writeString(data.resolve("results").resolve(ATTEMPT + ".123.part"), "x");
    Files.writeString(data.resolve("results").resolve("notes.part"), "mine");
    try (TestServer server = TestServer.start(data)) {
      assertThat(results()).containsExactly("notes.part");
    }
  }
}
