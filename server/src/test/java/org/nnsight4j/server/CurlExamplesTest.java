package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.TestServer;

/** The curl commands of docs/remote.md, in their order, as one script against a real server. */
final class CurlExamplesTest {
  private static final Path PAGE = Path.of("../docs/remote.md");
  private static final Pattern COMMAND =
      Pattern.compile("(?m)^<!-- command: curl-\\w+ -->\\n```sh\\n((?:(?!```).*\\n)*)```$");

  @TempDir Path data;
  @TempDir Path work;

  @Test
  void theyWork() throws Exception {
    List<String> commands =
        COMMAND.matcher(Files.readString(PAGE)).results().map(match -> match.group(1)).toList();
    assertThat(commands).hasSize(6);
    Files.write(work.resolve("request.safetensors"), request());
    Files.writeString(work.resolve("script.sh"), "set -eu\n" + String.join("", commands));
    try (TestServer server =
        TestServer.start(
            data,
            options ->
                ServerOptions.local(
                        data,
                        List.of(
                            new ModelSpec(
                                "gpt2", GraphKind.NAME, EmbeddedGpt2.directory().toString(), 1)))
                    .withListen(TestServer.ANY_PORT))) {
      ProcessBuilder shell = new ProcessBuilder("sh", "script.sh").directory(work.toFile());
      shell.environment().put("SERVER", server.uri("").toString());
      shell.environment().put("ADMIN", server.adminUri("").toString());
      shell.environment().put("KEY", server.admin);
      Process process = shell.redirectErrorStream(true).start();
      String printed = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
      assertWithMessage(printed).that(process.exitValue()).isEqualTo(0);
      assertThat(printed).contains("\"owner\":\"alice\"");
      assertThat(printed).contains("\"name\":\"gpt2\"");
      assertThat(printed).contains("\"COMPLETED\"");
    }
    assertThat(Safetensors.read(work.resolve("result.safetensors")).get("save.1.0").shape())
        .isEqualTo(new long[] {1, 2, 128});
  }

  private static byte[] request() {
    SourceLine line = new SourceLine("Mine", "Mine.java", 1);
    Graph graph =
        new Graph(
            "gpt2",
            List.of(new Prompt.Ids(List.of(new long[] {5, 6}))),
            List.of(
                new Node.Read(
                    0,
                    0,
                    SiteKey.output("transformer.h.1.mlp"),
                    AtStep.FIRST,
                    SiteScope.OWN_PASS,
                    false,
                    line),
                new Node.Save(1, 0, line)),
            List.of(),
            0);
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      GenerateOptions options = GenerateOptions.defaults().maxNewTokens(1);
      RequestedRun run =
          new RequestedRun(graph, List.of(SourceLine.UNKNOWN), new RunKind.Generate(options), null);
      return new RunRequest(List.of(run), ModelIdentity.of(gpt2.blueprint())).toBytes();
    }
  }
}
