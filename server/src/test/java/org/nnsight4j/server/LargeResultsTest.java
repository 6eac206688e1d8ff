package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.GraphServer;
import org.nnsight4j.server.testing.TestServer;
import org.nnsight4j.values.Value;

/** A result may be larger than the heap of the worker that makes it. */
final class LargeResultsTest {
  private static final String TEXT = "The Eiffel Tower is in the city of";

  @TempDir Path data;

  @Test
  void resultsAreWrittenToDiskAsTheyArrive() throws Exception {
    String directory = EmbeddedGpt2.directory().toString();
    List<ModelSpec> models = List.of(new ModelSpec("m", GraphKind.NAME, directory, 1));
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
        TestServer server =
            TestServer.start(
                data,
                options ->
                    ServerOptions.local(data, models)
                        .withListen(TestServer.ANY_PORT)
                        .withWorkerJvm(List.of(GraphServer.sameThreads(), "-Xmx96m"))
                        .withLimits(Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 100_000)))) {
      byte[] request =
          gpt2.request(
              TraceOptions.defaults(),
              generator ->
                  generator.invoke(
                      TEXT,
                      invoker -> {
                        Value<Hidden> hidden = invoker.model().transformer().h(1).output(0);
                        for (int i = 0; i < 3; i++) {
                          hidden.add(i).repeat(1, 20_000, 1).save();
                        }
                        return 0;
                      }));
      var accepted =
          server.send(
              server
                  .request(server.alice, "/v1/jobs?model=m")
                  .POST(HttpRequest.BodyPublishers.ofByteArray(request)));
      JsonNode job = server.ended(server.alice, TestServer.json(accepted).get("id").asText());
      assertThat(job.get("status").asText()).isEqualTo("COMPLETED");
      assertThat(job.get("attempt").asInt()).isEqualTo(1);
      // 8 tokens of 128 numbers, 20,000 times, three values.
      assertThat(job.get("result").get("bytes").asLong()).isGreaterThan(3L * 8 * 128 * 4 * 20_000);
    }
  }
}
