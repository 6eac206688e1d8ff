package org.nnsight4j.server.testing;

import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.ApiKeys.Role;

/** A server in a process of its own with the embedded model as {@code chat}, for other clients. */
public final class ChatMain {
  private ChatMain() {}

  /**
   * Starts it, and prints its ports and a key.
   *
   * @param arguments the data directory, and how many runs a worker batches
   */
  public static void main(String[] arguments) throws Exception {
    Path data = Path.of(arguments[0]);
    Path directory = ChatServer.directory(data.resolveSibling("checkpoint"));
    List<ModelSpec> models =
        List.of(new ModelSpec("chat", GraphKind.NAME, directory.toString(), 1));
    NnsightServer server =
        NnsightServer.start(
            ServerOptions.local(data, models)
                .withListen(TestServer.ANY_PORT)
                .withBatchRows(Integer.parseInt(arguments[1]))
                .withLimits(
                    Limits.USUAL
                        .with(Limit.REQUESTS_PER_SECOND, 100_000)
                        .with(Limit.WRONG_KEYS_PER_SECOND, 100_000)
                        .with(Limit.JOBS_PER_USER, 1_000_000)
                        .with(Limit.JOBS, 1_000_000)));
    Runtime.getRuntime().addShutdownHook(new Thread(server::close));
    String key =
        server.keys().create("tester", "test", Role.USER, Priority.INTERACTIVE, null).text();
    System.out.printf(Locale.ROOT, "READY %s %s %s%n", server.port(), server.adminPort(), key);
    System.out.flush();
    Thread.currentThread().join();
  }
}
