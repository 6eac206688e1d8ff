package org.nnsight4j.internal.plan;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Moments;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.SiteScope;

/** Whether a graph takes gradients of gradients. */
final class SecondOrder {
  private final Graph graph;
  private final Moments moments;
  private final boolean[] needed;
  private final boolean[] derived;
  private @Nullable Moment written;

  private SecondOrder(Graph graph, Moments moments, boolean[] needed) {
    this.graph = graph;
    this.moments = moments;
    this.needed = needed;
    this.derived = new boolean[needed.length];
  }

  static boolean in(Graph graph, Moments moments, boolean[] needed) {
    SecondOrder order = new SecondOrder(graph, moments, needed);
    boolean found = order.round();
    // The second round finds values that go around a loop, or are written and read again.
    return found || order.round();
  }

  private boolean round() {
    for (Node node : graph.nodes()) {
      int id = node.id();
      if (!needed[id]) {
        continue;
      }
      if (node instanceof Node.Gradient gradient) {
        if (derived[gradient.scalar()]) {
          return true;
        }
        derived[id] = true;
      } else if (node instanceof Node.Read read) {
        derived[id] |= isBehindWrite(id) || isOfDerivedCall(read);
      } else if (isDetached(node)) {
        continue;
      } else if (node.needs().stream().anyMatch(need -> derived[need])) {
        derived[id] = true;
        if (node instanceof Node.Write || node instanceof Node.Skip) {
          Moment moment = moments.of(id);
          written = written == null || moment.compareTo(written) < 0 ? moment : written;
        } else if (node instanceof Node.Next next) {
          derived[next.carry()] = true;
        }
      }
    }
    return false;
  }

  private boolean isOfDerivedCall(Node.Read read) {
    return read.scope() instanceof SiteScope.Inside inside && derived[inside.node()];
  }

  /** Through a detached value no gradient flows, also where it was computed from one. */
  private static boolean isDetached(Node node) {
    return node instanceof Node.Call call && call.op().equals("detach");
  }

  private boolean isBehindWrite(int read) {
    return written != null && moments.of(read).compareTo(written) > 0;
  }
}
