package org.nnsight4j.internal.wire;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunCondition;

/** Checks that the runs of a request refer only to what earlier ones keep. */
final class SessionStructure {
  private final List<RequestedRun> runs;

  SessionStructure(List<RequestedRun> runs) {
    this.runs = runs;
  }

  void check() {
    for (int run = 0; run < runs.size(); run++) {
      @Nullable RunCondition when = runs.get(run).when();
      if (when != null) {
        check(run, "its condition", when.run(), when.save());
      }
      for (Node node : runs.get(run).graph().nodes()) {
        if (node instanceof Node.Bridge bridge) {
          check(run, "node " + bridge.id(), bridge.run(), bridge.save());
        }
      }
    }
  }

  private void check(int run, String what, int earlier, int save) {
    if (earlier < 0 || earlier >= run) {
      throw new SerializationException(
          "the request: run %s: %s needs run %s, which is not before it"
              .formatted(run, what, earlier));
    }
    Graph graph = runs.get(earlier).graph();
    boolean kept = save >= 0 && save < graph.nodes().size();
    if (!kept || !(graph.node(save) instanceof Node.Save)) {
      throw new SerializationException(
          "the request: run %s: %s needs node %s of run %s, which saves nothing"
              .formatted(run, what, save, earlier));
    }
  }
}
