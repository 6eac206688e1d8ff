package org.nnsight4j.internal.run;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;

/** What the nodes of a site do to the rest of the pass. */
final class Effects {
  private Effects() {}

  /**
   * Whether any of these nodes changes the pass or ends it; reads and what is computed from them do
   * neither.
   *
   * @param nodes null for none
   */
  static boolean any(Graph graph, int @Nullable [] nodes) {
    return nodes != null && Arrays.stream(nodes).mapToObj(graph::node).anyMatch(Effects::isEffect);
  }

  private static boolean isEffect(Node node) {
    return node instanceof Node.Write || node instanceof Node.Skip || node instanceof Node.Stop;
  }

  /**
   * Whether any of these nodes skips a module.
   *
   * @param nodes null for none
   */
  static boolean anySkip(Graph graph, int @Nullable [] nodes) {
    return nodes != null
        && Arrays.stream(nodes).mapToObj(graph::node).anyMatch(Node.Skip.class::isInstance);
  }
}
