package org.nnsight4j.plan;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.graph.Graph;
import org.nnsight4j.graph.Moment;
import org.nnsight4j.graph.Node;

/**
 * A graph compiled for one model: dead nodes are gone, every other node has the moment at which it
 * runs, and every value the number of its readers. Immutable, reusable, thread-safe.
 */
public final class Plan {
  private final Graph graph;
  private final Map<Moment, int[]> schedule;
  private final Map<Integer, Integer> lastSites;
  private final int[] uses;
  private final boolean[] cut;
  private final boolean[] differentiated;
  private final int lastStep;
  private final Moment[] moments;
  private final boolean[] scheduled;

  private Plan(
      Graph graph,
      Map<Moment, int[]> schedule,
      Map<Integer, Integer> lastSites,
      int[] uses,
      boolean[] cut,
      boolean[] differentiated,
      int lastStep,
      Moment[] moments,
      boolean[] scheduled) {
    this.graph = graph;
    this.schedule = schedule;
    this.lastSites = lastSites;
    this.uses = uses;
    this.cut = cut;
    this.differentiated = differentiated;
    this.lastStep = lastStep;
    this.moments = moments;
    this.scheduled = scheduled;
  }

  /**
   * Compiles a graph.
   *
   * @param steps the most forward passes that the run can make
   * @throws org.nnsight4j.error.PlanningException if the graph cannot run on this model
   */
  public static Plan of(Graph graph, Blueprint blueprint, int steps) {
    Moment[] moments = new Moments(graph, blueprint, steps).compute();
    boolean[] needed = needed(graph);
    int size = graph.nodes().size();
    int[] uses = new int[size];
    boolean[] cut = new boolean[size];
    boolean[] differentiated = new boolean[size];
    Map<Moment, List<Integer>> schedule = new HashMap<>();
    Map<Integer, Integer> lastSites = new HashMap<>();
    int lastStep = -1;
    for (Node node : graph.nodes()) {
      if (!needed[node.id()]) {
        continue;
      }
      node.needs().forEach(need -> uses[need]++);
      if (node instanceof Node.GradientWrite write) {
        cut[write.target()] = true;
      } else if (node instanceof Node.Gradient gradient) {
        differentiated[gradient.target()] = true;
      }
      Moment moment = moments[node.id()];
      schedule.computeIfAbsent(moment, key -> new ArrayList<>()).add(node.id());
      lastSites.merge(moment.step(), moment.site(), Math::max);
      lastStep = Math.max(lastStep, moment.step());
    }
    Map<Moment, int[]> actions = new HashMap<>();
    schedule.forEach((moment, ids) -> actions.put(moment, ids.stream().mapToInt(i -> i).toArray()));
    return new Plan(
        graph,
        Map.copyOf(actions),
        Map.copyOf(lastSites),
        uses,
        cut,
        differentiated,
        lastStep,
        moments,
        needed);
  }

  /** What somebody waits for, and what that needs. */
  private static boolean[] needed(Graph graph) {
    boolean[] needed = new boolean[graph.nodes().size()];
    for (int id = needed.length - 1; id >= 0; id--) {
      Node node = graph.node(id);
      if (node instanceof Node.Save
          || node instanceof Node.Write
          || node instanceof Node.GradientWrite) {
        needed[id] = true;
      }
      if (needed[id]) {
        node.needs().forEach(need -> needed[need] = true);
      }
    }
    return needed;
  }

  public Graph graph() {
    return graph;
  }

  /** The nodes that run at a moment, in the order of recording; null when there are none. */
  public int @Nullable [] actions(Moment moment) {
    return schedule.get(moment);
  }

  /** The last site of a step at which anything happens; -2 when nothing does. */
  public int lastSite(int step) {
    return lastSites.getOrDefault(step, -2);
  }

  /** The last step at which anything happens; -1 when nothing does. */
  public int lastStep() {
    return lastStep;
  }

  /** When a node runs. */
  public Moment moment(int node) {
    return moments[node];
  }

  /** Whether anybody waits for a node. */
  public boolean isScheduled(int node) {
    return scheduled[node];
  }

  /** How many nodes read a value. */
  public int uses(int node) {
    return uses[node];
  }

  /** Whether a gradient is taken with respect to a value. */
  public boolean isDifferentiated(int node) {
    return differentiated[node];
  }

  /** Whether the gradient of a value is replaced. */
  public boolean isCut(int node) {
    return cut[node];
  }

  /** Whether the forward pass must be differentiable. */
  public boolean gradients() {
    for (int node = 0; node < uses.length; node++) {
      if (cut[node] || differentiated[node]) {
        return true;
      }
    }
    return false;
  }
}
