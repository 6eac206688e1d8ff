package org.nnsight4j.internal.plan;

import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;

/**
 * Results that nothing uses, which are probably meant to change the model: {@code h.mul(0)} changes
 * nothing unless it is written back.
 */
final class UnusedResults {
  private UnusedResults() {}

  /** One warning for each line that computes for nothing. */
  static List<String> warnings(Graph graph, boolean[] needed) {
    Set<Integer> used = new HashSet<>();
    Set<SourceLine> busy = new HashSet<>();
    for (Node node : graph.nodes()) {
      used.addAll(node.needs());
      if (needed[node.id()]) {
        // One call can record several results, such as values and indices.
        busy.add(node.line());
      }
    }
    List<String> warnings = new ArrayList<>();
    for (int id = graph.edits(); id < graph.nodes().size(); id++) {
      Node node = graph.node(id);
      boolean computed =
          (node instanceof Node.Call call && !isPart(call))
              || node instanceof Node.Apply
              || node instanceof Node.Gradient;
      if (computed && !needed[id] && !used.contains(id) && busy.add(node.line())) {
        warnings.add(
            "the result of %s is never used: values do not change in place; write it with set(...) where it belongs, or save() it"
                .formatted(node.describe()));
      }
    }
    return warnings;
  }

  /** A part can be taken to be written; the write records it anew. */
  private static boolean isPart(Node.Call call) {
    return call.op().equals("get") || call.op().equals("at");
  }
}
