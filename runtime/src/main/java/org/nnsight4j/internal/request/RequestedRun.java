package org.nnsight4j.internal.request;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.graph.Graph;

/**
 * One run of a request.
 *
 * @param lines where each prompt was given, for messages only
 * @param generates whether tokens are generated, or there is one forward pass
 * @param wholePass of a forward pass: whether it goes on after the last site that is needed
 * @param when in a session: what decides whether it happens; null if it always does
 */
public record RequestedRun(
    Graph graph,
    List<SourceLine> lines,
    boolean generates,
    GenerateOptions options,
    boolean wholePass,
    @Nullable RunCondition when) {
  public RequestedRun {
    lines = List.copyOf(lines);
    if (lines.size() != graph.prompts().size()) {
      throw new IllegalArgumentException(
          "expected a line for each of %s prompts, found %s"
              .formatted(graph.prompts().size(), lines.size()));
    }
  }

  /** The most forward passes of it. */
  public int steps(ResolvedOptions resolved) {
    return generates ? resolved.maxNewTokens() : 1;
  }
}
