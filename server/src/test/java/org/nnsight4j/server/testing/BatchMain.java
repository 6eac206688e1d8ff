package org.nnsight4j.server.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;

/**
 * Completions at once, at a server that batches them and at one that does not, in turns: the ratio
 * of the medians is what batching gains here.
 *
 * <pre>java -cp ... org.nnsight4j.server.testing.BatchMain CHECKPOINT CLIENTS TOKENS ROUNDS</pre>
 */
public final class BatchMain {
  private static final ObjectMapper MAPPER = new ObjectMapper();

  private BatchMain() {}

  /** Measures. */
  public static void main(String[] arguments) throws Exception {
    String checkpoint = arguments[0];
    int clients = Integer.parseInt(arguments[1]);
    int tokens = Integer.parseInt(arguments[2]);
    int rounds = Integer.parseInt(arguments[3]);
    Path data = Files.createTempDirectory("batch");
    try (TestServer one = server(data.resolve("one"), checkpoint, 1);
        TestServer many = server(data.resolve("many"), checkpoint, clients)) {
      double[] alone = new double[rounds];
      double[] batched = new double[rounds];
      // The first round of each is for the JVMs.
      for (int round = -1; round < rounds; round++) {
        double first = perSecond(one, clients, tokens);
        double second = perSecond(many, clients, tokens);
        if (round >= 0) {
          alone[round] = first;
          batched[round] = second;
        }
        System.out.printf(Locale.ROOT, "%.1f %.1f tokens/s%n", first, second);
      }
      Arrays.sort(alone);
      Arrays.sort(batched);
      System.out.printf(
          Locale.ROOT,
          "%s clients, %s tokens each: %.1f tokens/s one at a time, %.1f batched: %.2f times%n",
          clients,
          tokens,
          alone[rounds / 2],
          batched[rounds / 2],
          batched[rounds / 2] / alone[rounds / 2]);
    }
    System.exit(0);
  }

  private static TestServer server(Path data, String checkpoint, int rows) throws Exception {
    List<ModelSpec> models = List.of(new ModelSpec("m", GraphKind.NAME, checkpoint, 1));
    Files.createDirectories(data);
    return TestServer.start(
        data,
        options ->
            ServerOptions.local(data, models)
                .withListen(TestServer.ANY_PORT)
                .withBatchRows(rows)
                .withLimits(
                    Limits.USUAL
                        .with(Limit.REQUESTS_PER_SECOND, 100_000)
                        .with(Limit.WORKER_BYTES, 6L << 30)));
  }

  private static double perSecond(TestServer server, int clients, int tokens) throws Exception {
    SplittableRandom random = new SplittableRandom(clients);
    ExecutorService threads = Executors.newFixedThreadPool(clients);
    List<Future<Integer>> answers = new ArrayList<>();
    long start = System.nanoTime();
    for (int client = 0; client < clients; client++) {
      ObjectNode request =
          MAPPER
              .createObjectNode()
              .put("model", "m")
              .put("max_tokens", tokens)
              // Sampled, because a small model repeats itself, and ends.
              .put("seed", client)
              .put("temperature", 1.0);
      var prompt = request.putArray("prompt");
      random.longs(8 + client, 0, 1000).forEach(prompt::add);
      answers.add(threads.submit(() -> made(server, request)));
    }
    int made = 0;
    for (Future<Integer> answer : answers) {
      made += answer.get();
    }
    threads.shutdown();
    return made / ((System.nanoTime() - start) / 1e9);
  }

  private static int made(TestServer server, ObjectNode request) throws IOException {
    HttpResponse<byte[]> response =
        server.post(server.alice, "/v1/completions", request.toString());
    JsonNode json = TestServer.json(response);
    if (response.statusCode() != 200) {
      throw new IOException(json.toString());
    }
    return json.at("/usage/completion_tokens").intValue();
  }
}
