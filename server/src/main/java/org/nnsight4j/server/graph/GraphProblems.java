package org.nnsight4j.server.graph;

import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.server.problem.Problem;

/** Errors of planning and running as problem documents: with node, module and the user's line. */
final class GraphProblems {
  private static final Pattern LINE = Pattern.compile("\\(at ([\\w$.]+:\\d+)\\)");

  private GraphProblems() {}

  static Problem of(String code, String title, String message, List<Graph> graphs) {
    Problem problem = Problem.of(code, 422, title, message);
    Matcher at = LINE.matcher(message);
    if (!at.find()) {
      return problem;
    }
    String line = at.group(1);
    problem = problem.with("line", line);
    Optional<Node> node =
        graphs.stream()
            .flatMap(graph -> graph.nodes().stream())
            .filter(each -> each.line().toString().equals(line))
            .findFirst();
    if (node.isEmpty()) {
      return problem;
    }
    problem = problem.with("node", node.get().id());
    String module = module(node.get());
    return module.isEmpty() ? problem : problem.with("module", module);
  }

  private static String module(Node node) {
    if (node instanceof Node.Read read) {
      return read.site().module();
    } else if (node instanceof Node.Write write) {
      return write.site().module();
    } else if (node instanceof Node.Skip skip) {
      return skip.module();
    } else if (node instanceof Node.Apply apply) {
      return apply.module();
    }
    return "";
  }
}
