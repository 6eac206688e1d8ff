package org.nnsight4j;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.testing.GraphServer;
import org.nnsight4j.server.testing.TestServer;
import org.nnsight4j.values.Value;

/** Requests of several users at once: each result has the bytes of its run alone. */
final class SharedGraphsTest {
  private static final int USERS = 4;
  private static final int ROUNDS = 10;

  @TempDir Path data;
  @TempDir Path alone;
  private final SplittableRandom random = new SplittableRandom(3);

  private RunRequest request(
      LanguageModel<Gpt2> gpt2, boolean generates, int tokens, Consumer<Gpt2> body) {
    GenerateOptions options = GenerateOptions.defaults().maxNewTokens(2);
    long[][] ids = {random.longs(tokens, 0, 1300).toArray()};
    Consumer<Generator<Gpt2>> recorded =
        generator -> generator.invoke(ids, invoker -> record(body, invoker.model()));
    return RunRequest.read(
        generates
            ? gpt2.request(options, recorded)
            : gpt2.request(TraceOptions.defaults(), recorded));
  }

  private static Gpt2 record(Consumer<Gpt2> body, Gpt2 model) {
    body.accept(model);
    return model;
  }

  /** Reads, writes and operations, of which some can share a pass and some cannot. */
  private List<RunRequest> requests(LanguageModel<Gpt2> gpt2) {
    List<RunRequest> requests = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      requests.add(request(gpt2, false, 8, model -> model.output().save()));
      requests.add(
          request(
              gpt2,
              false,
              8,
              model -> {
                Value<Hidden> mlp = model.transformer().h(1).mlp().output();
                mlp.set(mlp.mul(0.25));
                model.transformer().h(3).output(0).softmax(-1).save();
              }));
      requests.add(
          request(gpt2, false, 8, model -> model.transformer().h(0).output(0).at(-1).save()));
      requests.add(request(gpt2, false, 5, model -> model.transformer().h(2).output(0).save()));
    }
    requests.add(
        request(
            gpt2, false, 8, model -> model.transformer().h(1).attn().pattern().output().save()));
    requests.add(request(gpt2, true, 8, model -> model.output().at(-1).save()));
    return requests;
  }

  @Test
  void resultsHaveTheBytesOfRunsAlone() throws Exception {
    try (GraphServer graphs = new GraphServer(data);
        HostedModel hosted = HostedModel.open(EmbeddedGpt2.directory())) {
      TestServer server = graphs.server;
      List<String> keys = new ArrayList<>();
      for (int user = 0; user < USERS; user++) {
        keys.add(server.key("user" + user, Role.USER));
      }
      // How soon a worker is warm, and whether sharing pays on this machine now, nobody knows.
      for (int round = 0; round < ROUNDS && shared(server) == 0; round++) {
        List<RunRequest> requests = requests(graphs.gpt2);
        List<String> ids = new ArrayList<>();
        for (int i = 0; i < requests.size(); i++) {
          ids.add(submit(server, keys.get(i % USERS), requests.get(i).toBytes()));
        }
        for (int i = 0; i < requests.size(); i++) {
          String key = keys.get(i % USERS);
          JsonNode job = server.ended(key, ids.get(i));
          assertWithMessage("%s", job).that(job.get("status").asText()).isEqualTo("COMPLETED");
          Path file = alone.resolve("result");
          hosted.run(requests.get(i), file, (run, pass, most) -> {});
          byte[] result = server.get(key, "/v1/jobs/" + ids.get(i) + "/result").body();
          assertWithMessage("the bytes of request %s are those of its run alone", i)
              .that(Arrays.equals(result, Files.readAllBytes(file)))
              .isTrue();
        }
      }
      assertThat(shared(server)).isGreaterThan(1);
    }
  }

  private static String submit(TestServer server, String key, byte[] body) throws Exception {
    HttpResponse<byte[]> response =
        server.send(
            server
                .request(key, "/v1/jobs?model=gpt2")
                .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    assertThat(response.statusCode()).isEqualTo(202);
    return TestServer.json(response).get("id").asText();
  }

  /** How many jobs shared a run. */
  private static double shared(TestServer server) throws Exception {
    String text =
        new String(
            server
                .send(
                    HttpRequest.newBuilder(server.adminUri("/metrics"))
                        .header("Authorization", "Bearer " + server.admin))
                .body(),
            StandardCharsets.UTF_8);
    return text.lines()
        .filter(line -> line.startsWith("nnsight4j_shared_jobs_total{"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' '))))
        .sum();
  }
}
