package org.nnsight4j.run;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.graph.Block;
import org.nnsight4j.graph.Node;
import org.nnsight4j.graph.SourceLine;
import org.nnsight4j.plan.Plan;

/** Why something of a plan did not happen in a run. */
record Absence(Plan plan, Guards guards, @Nullable SourceLine stoppedAt) {
  /** Whether the user's own control kept the node from running: a branch, a loop, a stop. */
  boolean isMeant(int node) {
    return stoppedAt != null
        || plan.loop(node) != null
        || guards.closed(plan.graph().node(node)) != null;
  }

  /** In words. */
  String reason(Node node) {
    Block.Branch branch = guards.closed(node);
    if (branch != null) {
      Boolean truth = guards.truth(branch.condition());
      return truth == null
          ? "the condition of its branch was never known (at %s)".formatted(branch.line())
          : "its branch was not taken, because the condition was %s (at %s)"
              .formatted(truth, branch.line());
    }
    if (stoppedAt != null) {
      return "the run was stopped before, at " + stoppedAt;
    }
    return "its step of generation never happened: the run ended before";
  }
}
