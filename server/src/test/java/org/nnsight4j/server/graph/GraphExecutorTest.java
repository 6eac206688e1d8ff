package org.nnsight4j.server.graph;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.Run;
import org.nnsight4j.server.execute.StoppedException;
import org.nnsight4j.server.job.NewTokens;

/** A job that has to end does so between two passes, and its worker survives. */
final class GraphExecutorTest {
  @Test
  void listensBetweenPasses(@TempDir Path directory) {
    String model = EmbeddedGpt2.directory().toString();
    AtomicInteger checks = new AtomicInteger();
    Run run =
        new Run() {
          @Override
          public void progress(long done, long total, String text, @Nullable NewTokens tokens) {}

          @Override
          public void check() {
            if (checks.incrementAndGet() == 4) {
              throw new StoppedException();
            }
          }
        };
    Path file = directory.resolve("result");
    try (JobExecutor executor = new GraphKind().open(new ModelSpec("m", "graph", model, 1))) {
      byte[] request = request(20);
      assertThrows(StoppedException.class, () -> executor.execute(request, file, run));
    }
    // Once before the first pass, then before each of three.
    assertThat(checks.get()).isEqualTo(4);
    assertThat(Files.exists(file)).isFalse();
  }

  private static byte[] request(int tokens) {
    Graph graph =
        new Graph(
            "gpt2", List.of(new Prompt.Ids(List.of(new long[] {5, 6}))), List.of(), List.of(), 0);
    GenerateOptions options = GenerateOptions.defaults().maxNewTokens(tokens).minNewTokens(tokens);
    try (HostedModel hosted = HostedModel.open(EmbeddedGpt2.directory())) {
      RequestedRun run =
          new RequestedRun(graph, List.of(SourceLine.UNKNOWN), new RunKind.Generate(options), null);
      return new RunRequest(List.of(run), ModelIdentity.of(hosted.blueprint())).toBytes();
    }
  }
}
