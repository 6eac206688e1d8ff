package org.nnsight4j.internal.request;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.spelling.Counted;

/**
 * One run of a request.
 *
 * @param lines where each prompt was given, for messages only
 * @param kind what the run does
 * @param when in a session, the condition for it to happen; null if it always does
 */
public record RequestedRun(
    Graph graph, List<SourceLine> lines, RunKind kind, @Nullable RunCondition when) {
  public RequestedRun {
    lines = List.copyOf(lines);
    if (lines.size() != graph.prompts().size()) {
      throw new IllegalArgumentException(
          "expected a line for each of %s, found %s"
              .formatted(Counted.of(graph.prompts().size(), "prompt"), lines.size()));
    }
  }

  /** Whether it can be sent or written; host calls run only where they were recorded. */
  public boolean isData() {
    return graph.nodes().stream().noneMatch(Node.HostCall.class::isInstance);
  }
}
