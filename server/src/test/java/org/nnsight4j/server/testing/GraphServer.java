package org.nnsight4j.server.testing;

import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;

/** The embedded model here, and at a server with a worker in a process of its own. */
public final class GraphServer implements AutoCloseable {
  private static final String THREADS = "ai.djl.pytorch.num_threads";

  public final TestServer server;
  public final LanguageModel<Gpt2> gpt2;
  public final RemoteServer client;
  public final Remote remote;

  public GraphServer(Path data) throws Exception {
    String directory = EmbeddedGpt2.directory().toString();
    List<ModelSpec> models = List.of(new ModelSpec("gpt2", GraphKind.NAME, directory, 1));
    server =
        TestServer.start(
            data,
            options ->
                ServerOptions.local(data, models)
                    .withListen(TestServer.ANY_PORT)
                    .withWorkerJvm(
                        List.of(
                            sameThreads(), "-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC"))
                    .withLimits(Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 100_000)));
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
    client = RemoteServer.at(server.uri("").toString(), server.alice).quiet();
    remote = Options.remote(client, "gpt2");
  }

  /** How many threads share a sum decides in which order it is made. */
  public static String sameThreads() {
    return "-D%s=%s".formatted(THREADS, Integer.getInteger(THREADS, 1));
  }

  @Override
  public void close() {
    gpt2.close();
    server.close();
  }
}
