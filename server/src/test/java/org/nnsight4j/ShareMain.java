package org.nnsight4j;

import java.net.http.HttpRequest;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.testing.TestServer;

/**
 * Measures the numbers on shared runs in docs/performance.md: waiting jobs of 16 users, run by one
 * worker, alternately without sharing, with sharing but nothing alike, and with sharing.
 */
public final class ShareMain {
  private static final int USERS = 16;
  private static final int TOKENS = 8;

  private ShareMain() {}

  /**
   * Prints jobs a second.
   *
   * @param arguments how many jobs, how many rounds, and perhaps the directory of a checkpoint
   */
  public static void main(String[] arguments) throws Exception {
    int jobs = Integer.parseInt(arguments[0]);
    int rounds = Integer.parseInt(arguments[1]);
    Path model = arguments.length > 2 ? Path.of(arguments[2]) : EmbeddedGpt2.directory();
    double[] ratios = new double[rounds];
    double[] ofPasses = new double[rounds];
    try (LanguageModel<Gpt2> gpt2 = LanguageModel.open(new Gpt2Model(), model);
        TestServer apart = start(model, 1);
        TestServer shared = start(model, ServerOptions.USUAL_SHARE)) {
      rate(apart, gpt2, jobs, true);
      rate(shared, gpt2, jobs, true);
      for (int round = 0; round < rounds; round++) {
        double before = rate(apart, gpt2, jobs, true);
        double unlike = rate(shared, gpt2, jobs, false);
        double after = rate(shared, gpt2, jobs, true);
        ratios[round] = after / before;
        ofPasses[round] = after / unlike;
        System.out.println(
            String.format(
                Locale.ROOT,
                "alone %.1f jobs/s, unlike %.1f, shared %.1f, ratios %.2f and %.2f",
                before,
                unlike,
                after,
                ratios[round],
                ofPasses[round]));
      }
      System.out.println(metrics(shared));
      Arrays.sort(ratios);
      Arrays.sort(ofPasses);
      System.out.println(
          String.format(
              Locale.ROOT,
              "median ratios: to --share 1 %.2f, to jobs that are not alike %.2f",
              ratios[rounds / 2],
              ofPasses[rounds / 2]));
    }
  }

  private static TestServer start(Path model, int share) throws Exception {
    Path data = Files.createTempDirectory("nnsight4j-share");
    return TestServer.start(
        data,
        options ->
            ServerOptions.local(
                    data, List.of(new ModelSpec("m", GraphKind.NAME, model.toString(), 1)))
                .withListen(TestServer.ANY_PORT)
                .withShare(share)
                .withLimits(
                    Limits.USUAL
                        .with(Limit.REQUESTS_PER_SECOND, 1_000_000)
                        .with(Limit.JOBS_PER_USER, 1_000_000)
                        .with(Limit.JOBS, 1_000_000)));
  }

  /** Starts waiting jobs all at once; returns how many end per second. */
  private static double rate(TestServer server, LanguageModel<Gpt2> gpt2, int jobs, boolean alike)
      throws Exception {
    admin(server, "/admin/models/m/pause", "POST");
    SplittableRandom random = new SplittableRandom();
    List<String> keys = new ArrayList<>();
    for (int user = 0; user < USERS; user++) {
      keys.add(server.key("user" + user, Role.USER));
    }
    for (int job = 0; job < jobs; job++) {
      byte[] body = request(gpt2, random.longs(TOKENS, 0, 1000).toArray(), alike).toBytes();
      server.send(
          server
              .request(keys.get(job % USERS), "/v1/jobs?model=m")
              .POST(HttpRequest.BodyPublishers.ofByteArray(body)));
    }
    long start = System.nanoTime();
    admin(server, "/admin/models/m/resume", "POST");
    while (admin(server, "/admin/queue", "GET").contains("\"jobs\"")) {
      Thread.sleep(10);
    }
    return jobs / ((System.nanoTime() - start) / 1e9);
  }

  private static RunRequest request(LanguageModel<Gpt2> gpt2, long[] ids, boolean alike) {
    return RunRequest.read(
        gpt2.request(
            new TraceOptions(true),
            generator -> {
              try (Invoker<Gpt2> invoker = generator.invoke(new long[][] {ids})) {
                invoker.model().transformer().h(2).output(0).at(-1).save();
                if (!alike) {
                  // It is not used, so it costs nothing; but such a request runs alone.
                  invoker.model().transformer().h(0).attn().pattern().output().mul(1);
                }
              }
            }));
  }

  private static String admin(TestServer server, String path, String method) throws Exception {
    return new String(
        server
            .send(
                HttpRequest.newBuilder(server.adminUri(path))
                    .header("Authorization", "Bearer " + server.admin)
                    .method(method, HttpRequest.BodyPublishers.noBody()))
            .body(),
        java.nio.charset.StandardCharsets.UTF_8);
  }

  private static String metrics(TestServer server) throws Exception {
    StringBuilder found = new StringBuilder();
    admin(server, "/metrics", "GET")
        .lines()
        .filter(line -> line.startsWith("nnsight4j_shared") || line.startsWith("nnsight4j_run_"))
        .forEach(line -> found.append(line).append('\n'));
    return found.toString();
  }
}
