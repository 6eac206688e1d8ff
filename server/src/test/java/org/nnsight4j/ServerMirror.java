package org.nnsight4j;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.remote.RunRequest;
import org.nnsight4j.remote.SubmitOptions;
import org.nnsight4j.run.Result;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.graph.GraphKind;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.testing.TestServer;

/** Sends the runs of other modules' tests to servers, one for each checkpoint. */
public final class ServerMirror implements Elsewhere {
  private static final int OPEN = 4;

  private record Place(TestServer server, RemoteServer client) {}

  private final Map<Path, Place> places = new LinkedHashMap<>(16, 0.75f, true);

  @Override
  public List<Optional<Result>> run(RunRequest request, Path checkpoint) {
    RemoteServer client = at(checkpoint);
    return Remote.await(client.submit("model", request.toBytes(), SubmitOptions.defaults()));
  }

  private synchronized RemoteServer at(Path checkpoint) {
    Place place = places.get(checkpoint);
    if (place == null) {
      if (places.size() == OPEN) {
        places.remove(places.keySet().iterator().next()).server().close();
      }
      place = start(checkpoint);
      places.put(checkpoint, place);
    }
    return place.client();
  }

  private static Place start(Path checkpoint) {
    try {
      Path data = Files.createTempDirectory("mirror");
      ModelSpec model = new ModelSpec("model", GraphKind.NAME, checkpoint.toString(), 2);
      TestServer server =
          TestServer.start(
              data,
              options ->
                  ServerOptions.local(data, List.of(model))
                      .withListen(TestServer.ANY_PORT)
                      .withInProcess(true)
                      .withLimits(
                          Limits.USUAL
                              .withRequestsPerSecond(1_000_000)
                              .withBudget(
                                  new Budget(
                                      Long.MAX_VALUE,
                                      Long.MAX_VALUE,
                                      Long.MAX_VALUE,
                                      Long.MAX_VALUE))));
      String uri = server.uri("").toString();
      return new Place(server, RemoteServer.at(uri, server.alice).quiet());
    } catch (Exception e) {
      throw new IllegalStateException("no server for " + checkpoint, e);
    }
  }
}
