package org.nnsight4j.internal.host;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.LongStream;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.run.RunContext;
import org.nnsight4j.internal.share.MeasuredSharing;
import org.nnsight4j.internal.share.RunShape;
import org.nnsight4j.internal.share.Trial;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.mirror.Elsewhere;

/**
 * Runs what can share a forward pass between two others, which change everything that is theirs;
 * and what cannot, alone.
 */
public final class Company implements Elsewhere {
  /** Says that one part for each run is exact and fast. */
  static final Trial IN_PARTS =
      new Trial() {
        @Override
        public long alone(RunShape shape) {
          return 10;
        }

        @Override
        public long together(RunShape shape, int parts) {
          return parts == 1 ? 9 : 1;
        }

        @Override
        public boolean keepsBits(RunShape shape, int parts) {
          return parts == shape.runs();
        }
      };

  static final AtomicInteger SHARED = new AtomicInteger();
  static final AtomicInteger ALONE = new AtomicInteger();

  private record Place(HostedModel model, SharedRuns shared) {}

  private record Opened(Path directory, LoadSettings settings) {}

  private final Map<Opened, Place> places = new ConcurrentHashMap<>();

  @Override
  public List<Optional<Result>> run(RunRequest request, Path checkpoint, LoadSettings settings) {
    Place place =
        places.computeIfAbsent(
            new Opened(checkpoint, settings),
            opened -> {
              HostedModel model = HostedModel.open(opened.directory(), opened.settings());
              return new Place(model, model.shared(runner -> new MeasuredSharing(IN_PARTS)));
            });
    try {
      Path directory = Files.createTempDirectory("company");
      List<Path> files = new ArrayList<>();
      for (int i = 0; i < 4; i++) {
        files.add(directory.resolve(i + ".safetensors"));
      }
      try {
        return run(place, request, files);
      } finally {
        for (Path file : files) {
          Files.deleteIfExists(file);
        }
        Files.delete(directory);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private List<Optional<Result>> run(Place place, RunRequest request, List<Path> files)
      throws IOException {
    RunRequest other = other(request);
    List<RunRequest> requests = List.of(request, other, other, other);
    Set<Integer> done = place.shared.run(requests, files, RunContext.NONE);
    if (done.contains(0)) {
      SHARED.incrementAndGet();
    } else {
      ALONE.incrementAndGet();
      place.model.run(request, files.get(0), (run, pass, most) -> {});
    }
    return ResultFile.read(files.get(0));
  }

  /** As many rows of as many other tokens, all of whose blocks' outputs are halved. */
  private static RunRequest other(RunRequest request) {
    Graph graph = request.runs().get(0).graph();
    List<Prompt> prompts = new ArrayList<>();
    for (Prompt prompt : graph.prompts()) {
      prompts.add(
          prompt instanceof Prompt.Ids ids
              ? new Prompt.Ids(
                  ids.ids().stream()
                      .map(row -> LongStream.of(row).map(id -> Math.abs(id - 1)).toArray())
                      .toList())
              : prompt);
    }
    List<Node> nodes = new ArrayList<>();
    SourceLine line = SourceLine.UNKNOWN;
    int invoker = 0;
    while (invoker < prompts.size() - 1 && prompts.get(invoker).rows() == 0) {
      invoker++;
    }
    for (String module : List.of("transformer.h.0", "transformer.h.1.mlp", "lm_head")) {
      SiteKey site = SiteKey.output(module);
      int id = nodes.size();
      nodes.add(new Node.Read(id, invoker, site, AtStep.FIRST, SiteScope.OWN_PASS, false, line));
      nodes.add(
          new Node.Call(id + 1, "mul_real", List.of(new Arg.Ref(id), new Arg.Real(0.5)), line));
      nodes.add(
          new Node.Write(id + 2, invoker, site, AtStep.FIRST, SiteScope.OWN_PASS, id + 1, line));
    }
    Graph changed = new Graph(graph.architecture(), prompts, nodes, List.of(), 0);
    return new RunRequest(
        List.of(
            new RequestedRun(
                changed, request.runs().get(0).lines(), new RunKind.Trace(true), null)),
        request.model());
  }
}
