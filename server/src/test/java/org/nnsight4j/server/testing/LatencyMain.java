package org.nnsight4j.server.testing;

import static org.nnsight4j.server.testing.LatencyBlocks.BLOCK;
import static org.nnsight4j.server.testing.LatencyBlocks.at;
import static org.nnsight4j.server.testing.LatencyBlocks.block;
import static org.nnsight4j.server.testing.LatencyBlocks.print;
import static org.nnsight4j.server.testing.LatencyBlocks.printEach;
import static org.nnsight4j.server.testing.LatencyBlocks.times;
import static org.nnsight4j.server.testing.LatencyBlocks.trace;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.ApiKeys.Role;

/**
 * Measures a small run at a server beside the same run here: a trace of eight tokens through the
 * embedded model, from the call to the value. Client, server and worker are three processes, and
 * blocks of both kinds alternate.
 */
public final class LatencyMain {
  private static final int CLIENTS = 12;
  private static final int MANY = CLIENTS * BLOCK / 2;

  private LatencyMain() {}

  /**
   * Prints the numbers.
   *
   * @param arguments how many pairs of blocks; or {@code serve} and a folder, for the server itself
   */
  public static void main(String[] arguments) throws Exception {
    if (arguments.length == 2) {
      serve(Path.of(arguments[1]));
      return;
    }
    int pairs = arguments.length == 0 ? 8 : Integer.parseInt(arguments[0]);
    Path data = Files.createTempDirectory("nnsight4j-latency");
    Process process =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                LatencyMain.class.getName(),
                "serve",
                data.toString())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
        BufferedReader said =
            new BufferedReader(
                new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8))) {
      String[] words = said.readLine().split(" ", -1);
      Remote remote =
          Options.remote(RemoteServer.at("http://127.0.0.1:" + words[0], words[1]).quiet(), "gpt2");
      for (int pair = 0; pair < pairs; pair++) {
        double[] here = block(() -> run(gpt2));
        List<ThreadTimes> before = times(process);
        double[] there = block(() -> run(gpt2.at(remote)));
        List<ThreadTimes> after = times(process);
        print(
            "pair %s: here p5 %.2f p50 %.2f p99 %.2f ms; served p5 %.2f p50 %.2f p99 %.2f ms;"
                + " over p5 %.2f p50 %.2f ms",
            Integer.toString(pair),
            at(here, 5),
            at(here, 50),
            at(here, 99),
            at(there, 5),
            at(there, 50),
            at(there, 99),
            at(there, 5) - at(here, 5),
            at(there, 50) - at(here, 50));
        printEach(before, after, BLOCK);
      }
      for (int round = 0; round < Math.min(3, pairs); round++) {
        List<ThreadTimes> before = times(process);
        print("%s clients: %.0f traces/s", Integer.toString(CLIENTS), many(gpt2, remote));
        printEach(before, times(process), MANY);
      }
    } finally {
      process.destroy();
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly().waitFor();
      }
      MoreFiles.deleteRecursively(data, RecursiveDeleteOption.ALLOW_INSECURE);
    }
  }

  private static void serve(Path data) throws Exception {
    String directory = EmbeddedGpt2.directory().toString();
    NnsightServer server =
        NnsightServer.start(
            ServerOptions.local(data, List.of(new ModelSpec("gpt2", GraphKind.NAME, directory, 1)))
                .withListen(TestServer.ANY_PORT));
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    String key =
        server.keys().create("tester", "test", Role.USER, Priority.INTERACTIVE, null).text();
    System.out.println(server.port() + " " + key);
    Thread.currentThread().join();
  }

  private static void run(LanguageModel<Gpt2> gpt2) {
    if (trace(gpt2).shape().length != 3) {
      throw new IllegalStateException("expected a value");
    }
  }

  private static double many(LanguageModel<Gpt2> gpt2, Remote remote)
      throws InterruptedException, IOException {
    ExecutorService clients = Executors.newFixedThreadPool(CLIENTS);
    AtomicInteger left = new AtomicInteger(MANY);
    long start = System.nanoTime();
    for (int i = 0; i < CLIENTS; i++) {
      clients.execute(
          () -> {
            while (left.getAndDecrement() > 0) {
              run(gpt2.at(remote));
            }
          });
    }
    clients.shutdown();
    if (!clients.awaitTermination(5, TimeUnit.MINUTES)) {
      throw new IOException("the clients did not end");
    }
    return MANY / ((System.nanoTime() - start) / 1e9);
  }
}
