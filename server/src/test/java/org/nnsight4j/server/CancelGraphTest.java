package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.TestServer;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** A cancelled graph ends between two kernels, and its worker stays. */
final class CancelGraphTest {
  private static final int WIDTH = 1024;

  /** A minute and more, each of them some hundredths of a second. */
  private static final int OPERATIONS = 1000;

  @TempDir Path data;

  @Test
  @Timeout(180)
  void aCancelledGraphCostsNoWorker() throws Exception {
    List<ModelSpec> models =
        List.of(new ModelSpec("gpt2", GraphKind.NAME, EmbeddedGpt2.directory().toString(), 1));
    try (TestServer server =
            TestServer.start(
                data,
                options ->
                    ServerOptions.local(data, models)
                        .withListen(options.listen())
                        .withLimits(
                            options
                                .limits()
                                .with(Limit.BYTES, Long.MAX_VALUE)
                                .with(Limit.FLOPS, Long.MAX_VALUE)));
        LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      RemoteServer client = RemoteServer.at(server.uri("").toString(), server.alice).quiet();
      Remote remote = Options.remote(client, "gpt2").nonBlocking();
      server.ended(server.alice, send(gpt2, remote, 1));
      Set<Long> before = workers();
      assertThat(before).isNotEmpty();
      for (int round = 0; round < 2; round++) {
        String id = send(gpt2, remote, OPERATIONS);
        server.until(server.alice, id, "RUNNING");
        Thread.sleep(1000);
        server.post(server.alice, "/v1/jobs/" + id + "/cancel", "");
        assertThat(server.ended(server.alice, id).get("status").asText()).isEqualTo("CANCELLED");
      }
      String after = send(gpt2, remote, 1);
      assertThat(server.ended(server.alice, after).get("status").asText()).isEqualTo("COMPLETED");
      assertThat(workers()).containsAtLeastElementsIn(before);
    }
  }

  private static Set<Long> workers() {
    return ProcessHandle.current()
        .children()
        .filter(ProcessHandle::isAlive)
        .map(ProcessHandle::pid)
        .collect(Collectors.toSet());
  }

  private static String send(LanguageModel<Gpt2> gpt2, Remote remote, int operations) {
    Generator<Gpt2> generator = gpt2.at(remote).trace(TraceOptions.defaults());
    generator.invoke(
        "The Eiffel Tower is in the city of",
        invoker -> {
          Value<Axis> ones = invoker.create().ones(WIDTH, WIDTH);
          Value<Axis> value = ones;
          for (int i = 0; i < operations; i++) {
            value = value.matMul(ones).div(WIDTH);
          }
          return value.mean().save();
        });
    generator.close();
    return generator.job().id();
  }
}
