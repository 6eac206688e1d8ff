package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;

/**
 * Gradients within a run, without any state outside it.
 *
 * <p>Where a gradient is replaced, the forward pass is cut: it continues with a leaf. The gradient
 * of an earlier value is then the sum over the scalar and all cuts after that value, each cut with
 * its replaced (or otherwise true) gradient as cotangent.
 */
final class Gradients {
  private final Plan plan;
  private final Values values;
  private final RunContext around;

  /**
   * The cuts in the order in which they were made, the reverse of the order in which gradients flow
   * back.
   */
  private final List<Cut> cuts = new ArrayList<>();

  /** How many cuts there were when a value was made; only later cuts come after it. */
  private final Map<Integer, Integer> made = new HashMap<>();

  /** Gradients that were computed with those of another value, by node. */
  private final Map<Integer, NDArray> ahead = new HashMap<>();

  private final Map<Long, Integer> replacements = new HashMap<>();
  private int step;

  /**
   * A read whose gradient is replaced: the incoming value, and the leaf with which the pass
   * continues.
   */
  private record Cut(int read, int step, NDArray incoming, NDArray leaf) {}

  Gradients(Plan plan, Values values, RunContext around) {
    this.around = around;
    this.plan = plan;
    this.values = values;
  }

  /**
   * Starts a step: gradients that were replaced in the last iteration of a loop belong to that
   * iteration.
   */
  void begin(int newStep) {
    step = newStep;
    replacements.keySet().removeIf(key -> plan.loop((int) (key >> 32)) != null);
  }

  /** Remembers when a value was made with respect to which gradients are taken. */
  void made(int node) {
    made.put(node, cuts.size());
  }

  /** Cuts the forward pass at a read; returns the leaf with which it continues. */
  NDArray cut(int read, NDArray seen) {
    NDArray leaf = values.call("leaf", seen);
    cuts.add(new Cut(read, step, seen, leaf));
    return leaf;
  }

  void replaced(Node.GradientWrite write) {
    replacements.put(key(write.scalar(), write.target()), write.value());
  }

  /** The gradient of a scalar with respect to a value. */
  NDArray of(Node.Gradient gradient) {
    Integer replacement = replacements.get(key(gradient.scalar(), gradient.target()));
    if (replacement != null) {
      return values.call(
          "expand", values.get(replacement, gradient), values.get(gradient.target(), gradient));
    }
    boolean plain = plan.loop(gradient.id()) == null && plan.loop(gradient.target()) == null;
    NDArray together = plain ? together(gradient) : null;
    if (together != null) {
      return together;
    }
    if (gradient.directions() != null) {
      return many(gradient, gradient.directions());
    }
    NDArray scalar = number(gradient);
    return of(gradient, scalar, values.call("ones_like", scalar));
  }

  private NDArray number(Node.Gradient gradient) {
    NDArray scalar = values.get(gradient.scalar(), gradient);
    if (scalar.size() != 1) {
      throw new RunException(
          gradient.location(),
          "a gradient is taken of one number, this value has the shape %s; sum() it first"
              .formatted(scalar.getShape()));
    }
    return scalar;
  }

  /** One gradient for each direction, each in a way back of its own. */
  private NDArray many(Node.Gradient gradient, int directions) {
    NDArray output = values.get(gradient.scalar(), gradient);
    NDArray seeds = values.get(directions, gradient);
    List<NDArray> found = new ArrayList<>();
    for (long i = 0; i < seeds.getShape().get(0); i++) {
      found.add(of(gradient, output, values.call("direction", seeds, i, output)));
    }
    return values.call("directions", found, values.get(gradient.target(), gradient));
  }

  /**
   * The gradients of a number with respect to all values whose gradients are still to come, in one
   * way back; null if each needs its own, because the pass is cut or gradients are differentiated.
   */
  private @Nullable NDArray together(Node.Gradient gradient) {
    NDArray ready = ahead.remove(gradient.id());
    if (ready != null || !cuts.isEmpty() || plan.secondOrder() || !replacements.isEmpty()) {
      return ready;
    }
    List<Node.Gradient> others = new ArrayList<>();
    for (Node node : plan.graph().nodes()) {
      boolean follows =
          node.id() > gradient.id()
              && node instanceof Node.Gradient other
              && other.scalar() == gradient.scalar()
              && isSame(other.directions(), gradient.directions());
      if (follows && isReady((Node.Gradient) node)) {
        others.add((Node.Gradient) node);
      }
    }
    NDArray scalar = values.get(gradient.scalar(), gradient);
    Integer directions = gradient.directions();
    if (directions == null && (others.isEmpty() || scalar.size() != 1)) {
      return null;
    }
    List<NDArray> targets = new ArrayList<>(List.of(values.get(gradient.target(), gradient)));
    others.forEach(other -> targets.add(values.get(other.target(), other)));
    NDArray[] found =
        directions == null
            ? values.callMany(
                "gradients_of_all",
                scalar,
                values.call("ones_like", scalar),
                targets,
                isFollowed(gradient, others))
            : values.callMany(
                "gradients_in_directions", scalar, values.get(directions, gradient), targets);
    for (int i = 0; i < others.size(); i++) {
      ahead.put(others.get(i).id(), found[i + 1]);
    }
    return found[0];
  }

  /** Whether other gradients are taken, so that what the way back needs must stay. */
  private boolean isFollowed(Node.Gradient gradient, List<Node.Gradient> others) {
    return plan.graph().nodes().stream()
        .anyMatch(
            node ->
                node instanceof Node.Gradient
                    && plan.isScheduled(node.id())
                    && node.id() != gradient.id()
                    && !others.contains(node));
  }

  /** Whether directions are the same value, or the same numbers from outside the run. */
  private boolean isSame(@Nullable Integer one, @Nullable Integer other) {
    if (one == null || other == null || one.equals(other)) {
      return Objects.equals(one, other);
    }
    return plan.graph().node(one) instanceof Node.Constant left
        && plan.graph().node(other) instanceof Node.Constant right
        && around.constant(left).equals(around.constant(right));
  }

  /** Whether a gradient can be computed before its turn. */
  private boolean isReady(Node.Gradient node) {
    return plan.isScheduled(node.id())
        && plan.loop(node.id()) == null
        && plan.loop(node.target()) == null
        && plan.branches(node.id()).isEmpty()
        && values.has(node.target());
  }

  private NDArray of(Node.Gradient gradient, NDArray output, NDArray seed) {
    int target = gradient.target();
    List<NDArray> outputs = new ArrayList<>(List.of(output));
    List<NDArray> cotangents = new ArrayList<>(List.of(seed));
    int first = made.getOrDefault(target, 0);
    for (int i = cuts.size() - 1; i >= first; i--) {
      Cut cut = cuts.get(i);
      boolean now = cut.step() == step || plan.loop(cut.read()) == null;
      Integer replacement = now ? replacements.get(key(gradient.scalar(), cut.read())) : null;
      cotangents.add(
          replacement != null
              ? values.call("expand", values.get(replacement, gradient), cut.leaf())
              : gradients(outputs, cotangents, cut.leaf()));
      outputs.add(cut.incoming());
    }
    return gradients(outputs, cotangents, values.get(target, gradient));
  }

  private NDArray gradients(List<NDArray> outputs, List<NDArray> cotangents, NDArray with) {
    return values.call("gradients", outputs, cotangents, with, plan.secondOrder());
  }

  private static long key(int scalar, int target) {
    return ((long) scalar << 32) | target;
  }
}
