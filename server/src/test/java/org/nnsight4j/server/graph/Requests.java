package org.nnsight4j.server.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;

/** Requests for the embedded model that no recording produces, and the check for them. */
final class Requests {
  static final SourceLine LINE = new SourceLine("Mine", "Mine.java", 7);

  /** Two tokens. */
  static final List<Prompt> PROMPTS = List.of(new Prompt.Ids(List.of(new long[2])));

  static final ModelIdentity IDENTITY = identity();

  private Requests() {}

  static RequestCheck check() {
    GraphKind kind = new GraphKind();
    return kind.check(
        kind.describe(new ModelSpec("m", "graph", EmbeddedGpt2.directory().toString(), 1)));
  }

  private static ModelIdentity identity() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      return ModelIdentity.of(gpt2.blueprint());
    }
  }

  static Graph graph(List<? extends Node> nodes, ControlBlock... blocks) {
    return graph(PROMPTS, nodes, blocks);
  }

  static Graph graph(List<Prompt> prompts, List<? extends Node> nodes, ControlBlock... blocks) {
    return new Graph("gpt2", prompts, new ArrayList<>(nodes), Arrays.asList(blocks), 0);
  }

  static RequestedRun traced(Graph graph) {
    return run(graph, new RunKind.Trace(false));
  }

  static RequestedRun run(Graph graph, RunKind kind) {
    List<SourceLine> lines = graph.prompts().stream().map(prompt -> LINE).toList();
    return new RequestedRun(graph, lines, kind, null);
  }

  static byte[] bytes(RequestedRun... runs) {
    return new RunRequest(List.of(runs), IDENTITY).toBytes();
  }
}
