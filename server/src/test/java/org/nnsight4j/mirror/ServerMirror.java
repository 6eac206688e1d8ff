package org.nnsight4j.mirror;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.remote.SubmitOptions;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.GraphServer;
import org.nnsight4j.server.testing.TestServer;

/**
 * Sends the runs of other modules' tests to servers, one for each checkpoint, with workers in
 * processes of their own.
 */
public final class ServerMirror implements Elsewhere {
  /** More than the tests have checkpoints: with fewer, each test would begin its server again. */
  private static final int OPEN = 16;

  /** Most workers here live for a few runs only. */
  private static final List<String> QUICK_TO_START =
      List.of("-Xmx1g", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", GraphServer.sameThreads());

  private record Place(TestServer server, RemoteServer client, Path data) {
    void close() {
      server.close();
      try (Stream<Path> files = Files.walk(data)) {
        for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
          Files.deleteIfExists(file);
        }
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  /** By the state of the files: a test may write others in their place. */
  private final Map<String, Place> places = new LinkedHashMap<>(16, 0.75f, true);

  /** Found as a service. */
  public ServerMirror() {
    Runtime.getRuntime().addShutdownHook(new Thread(() -> places.values().forEach(Place::close)));
  }

  @Override
  public List<Optional<Result>> run(RunRequest request, Path checkpoint, LoadSettings settings) {
    RemoteServer client = at(checkpoint, settings);
    return client
        .submit("model", request.toBytes(), SubmitOptions.defaults())
        .awaitFile(ResultFile::read);
  }

  private synchronized RemoteServer at(Path checkpoint, LoadSettings settings) {
    String state = RoundTrip.state(checkpoint) + settings;
    Place place = places.get(state);
    if (place == null) {
      if (places.size() == OPEN) {
        places.remove(places.keySet().iterator().next()).close();
      }
      place = start(checkpoint, settings);
      places.put(state, place);
    }
    return place.client();
  }

  private static Place start(Path checkpoint, LoadSettings settings) {
    try {
      Path data = Files.createTempDirectory("mirror");
      ModelSpec model =
          new ModelSpec("model", GraphKind.NAME, checkpoint.toString(), 1, settings.text());
      TestServer server =
          TestServer.start(
              data,
              options ->
                  ServerOptions.local(data, List.of(model))
                      .withListen(TestServer.ANY_PORT)
                      .withWorkerJvm(QUICK_TO_START)
                      .withLimits(
                          Limits.USUAL
                              .with(Limit.REQUESTS_PER_SECOND, 1_000_000)
                              .with(Limit.NODES, Long.MAX_VALUE)
                              .with(Limit.BYTES, Long.MAX_VALUE)
                              .with(Limit.FLOPS, Long.MAX_VALUE)
                              .with(Limit.STEPS, Long.MAX_VALUE)));
      String uri = server.uri("").toString();
      return new Place(server, RemoteServer.at(uri, server.alice).quiet(), data);
    } catch (Exception e) {
      throw new IllegalStateException("no server for " + checkpoint, e);
    }
  }
}
