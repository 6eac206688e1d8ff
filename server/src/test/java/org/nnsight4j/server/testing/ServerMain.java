package org.nnsight4j.server.testing;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.DatabaseOptions;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.ApiKeys.Role;

/** A server in a process of its own, to be killed. Configured by system properties. */
public final class ServerMain {
  private ServerMain() {}

  /**
   * Starts it, and prints its ports and a key.
   *
   * @param arguments the data directory, the number of workers, and "process" or "inside"
   */
  public static void main(String[] arguments) throws Exception {
    int workers = Integer.parseInt(arguments[1]);
    List<ModelSpec> models =
        workers == 0 ? List.of() : List.of(new ModelSpec("m", "test", "", workers));
    ServerOptions options =
        ServerOptions.local(Path.of(arguments[0]), models)
            .withListen(TestServer.ANY_PORT)
            .withInProcess(arguments[2].equals("inside"))
            .withWorkerJvm(TestServer.WORKER_JVM)
            .withHeartbeat(Duration.ofSeconds(1))
            .withLimits(
                Limits.USUAL
                    .with(Limit.REQUESTS_PER_SECOND, 100_000)
                    .with(Limit.WRONG_KEYS_PER_SECOND, 100_000)
                    .with(Limit.JOBS_PER_USER, 1_000_000)
                    .with(Limit.JOBS, 1_000_000)
                    .with(Limit.ATTEMPTS, 1000));
    String url = System.getProperty("test.postgres", "");
    if (!url.isEmpty()) {
      options = options.withDatabase(new DatabaseOptions.Postgres(url, "postgres", "postgres", 8));
    }
    int inline = Integer.getInteger("test.inline", -1);
    if (inline >= 0) {
      options = options.withLimits(options.limits().with(Limit.INLINE_RESULT_BYTES, inline));
    }
    NnsightServer server = NnsightServer.start(options);
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    String key =
        server.keys().create("tester", "test", Role.ADMIN, Priority.INTERACTIVE, null).text();
    System.out.printf(Locale.ROOT, "READY %s %s %s%n", server.port(), server.adminPort(), key);
    System.out.flush();
    Thread.currentThread().join();
  }
}
