package org.nnsight4j.server.graph;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.server.problem.Problem;
import org.nnsight4j.server.problem.ProblemKind;

/**
 * Turns errors of planning and running into problem documents with node, module and the user's
 * line.
 */
final class GraphProblems {
  private GraphProblems() {}

  static Problem of(ProblemKind kind, Nnsight4jException error, List<Graph> graphs) {
    Problem problem = kind.with(String.valueOf(error.getMessage()));
    Location location = error.location().map(found -> exact(found, graphs)).orElse(null);
    if (location == null) {
      return problem;
    }
    problem = problem.with("line", location.line().toString());
    problem = with(problem, "node", location.node());
    return with(problem, "module", location.module());
  }

  private static Problem with(Problem problem, String name, @Nullable Object value) {
    return value == null || value.equals("") ? problem : problem.with(name, value);
  }

  /** An error that names only a line concerns the first node that was recorded there. */
  private static Location exact(Location location, List<Graph> graphs) {
    if (location.node() != null) {
      return location;
    }
    return graphs.stream()
        .flatMap(graph -> graph.nodes().stream())
        .filter(node -> node.line().equals(location.line()))
        .findFirst()
        .map(Node::location)
        .orElse(location);
  }
}
