package org.nnsight4j.internal.run;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;

/** Why something of a plan did not happen in a run. */
public record Absence(Plan plan, Guards guards, Skips skips, @Nullable SourceLine stoppedAt) {
  /** Whether the user's own control flow kept the node from running: a branch, a loop, a stop. */
  public boolean isMeant(int node) {
    return stoppedAt != null
        || plan.loop(node) != null
        || guards.closed(plan.graph().node(node)) != null;
  }

  /** The reason in words, for a node that was asked for by its step. */
  public String demanded(Node node) {
    return skipped(node) == null ? "generation ended before" : reason(node);
  }

  /** The reason in words. */
  public String reason(Node node) {
    ControlBlock.Branch branch = guards.closed(node);
    if (branch != null) {
      Boolean truth = guards.truth(branch.condition());
      return truth == null
          ? "the condition of its branch was never known (at %s)".formatted(branch.line())
          : "its branch was not taken, because the condition was %s (at %s)"
              .formatted(truth, branch.line());
    }
    Node.Skip skip = skipped(node);
    if (skip != null) {
      return "it is inside %s, which was skipped (at %s)".formatted(skip.module(), skip.line());
    }
    if (stoppedAt != null) {
      return "the run was stopped before, at " + stoppedAt;
    }
    return "its step of generation never happened: the run ended before";
  }

  /** The skipped module that contains a node or one of its inputs. */
  private Node.@Nullable Skip skipped(Node node) {
    Deque<Node> open = new ArrayDeque<>(List.of(node));
    Set<Integer> seen = new HashSet<>();
    while (!open.isEmpty()) {
      Node next = open.pop();
      if (!seen.add(next.id())) {
        continue;
      }
      Node.Skip skip =
          next instanceof Node.Read read
              ? skips.around(read.site())
              : next instanceof Node.Write write ? skips.around(write.site()) : null;
      if (skip != null) {
        return skip;
      }
      next.needs().forEach(need -> open.push(plan.graph().node(need)));
    }
    return null;
  }
}
