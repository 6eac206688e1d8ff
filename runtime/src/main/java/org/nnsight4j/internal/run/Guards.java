package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.tensor.Tensor;

/** The truth values that decide branches. */
final class Guards {
  private final Plan plan;
  private final Values values;
  private final Map<Integer, Boolean> truths = new HashMap<>();

  Guards(Plan plan, Values values) {
    this.plan = plan;
    this.values = values;
  }

  /** Starts a step: conditions inside loops are undecided again. */
  void begin() {
    truths.keySet().removeIf(node -> plan.loop(node) != null);
  }

  /** Remembers a value that decides a branch. */
  void decide(Node node, NDArray value) {
    Tensor tensor = values.toHost(value);
    if (tensor.size() != 1) {
      throw new RunException(
          node.location(),
          "cond needs one truth value, this one has the shape %s; reduce it with any() or all()"
              .formatted(java.util.Arrays.toString(tensor.shape())));
    }
    truths.put(node.id(), tensor.at(0) != 0);
  }

  /** The truth value of a condition, or null while it is not known. */
  @Nullable Boolean truth(int condition) {
    return truths.get(condition);
  }

  /** Nodes without an effect, whose site can come before the condition is known. */
  private static boolean isHarmless(Node node) {
    return node instanceof Node.Read
        || node instanceof Node.Positions
        || node instanceof Node.Constant
        || node instanceof Node.Bridge;
  }

  /** The branch that keeps a node from running, or null if there is none. */
  ControlBlock.@Nullable Branch closed(Node node) {
    for (ControlBlock.Branch branch : plan.branches(node.id())) {
      Boolean truth = truths.get(branch.condition());
      boolean early = truth == null && isHarmless(node);
      if (!early && (truth == null || truth != branch.expected())) {
        return branch;
      }
    }
    return null;
  }
}
