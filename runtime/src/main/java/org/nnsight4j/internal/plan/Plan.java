package org.nnsight4j.internal.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.LastLogits;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Moments;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.tensor.Dims;

/**
 * A graph compiled for one model: dead nodes are removed, every other node has the moment at which
 * it runs, and every value has the number of its readers. Immutable, reusable, thread-safe.
 */
public final class Plan {
  private final Graph graph;
  private final Blocks blocks;
  private final Moments moments;
  private final boolean[] needed;
  private final int[] uses;
  private final ControlBlock.@Nullable Steps[] loops;
  private final List<List<ControlBlock.Branch>> branches = new ArrayList<>();
  private final Set<Integer> conditions = new HashSet<>();
  private final Set<Integer> cut = new HashSet<>();
  private final Set<Integer> differentiated = new HashSet<>();
  private final Map<Integer, Dims> points;
  private final Set<Integer> lastLogits;
  private final int[] start;
  private final StepPlan end;
  private final int lastStep;
  private final List<String> unused;
  private final int edits;
  private final boolean secondOrder;
  private final Map<Integer, Node.Next> nexts = new HashMap<>();
  private final Map<List<Integer>, StepPlan> steps = new ConcurrentHashMap<>();

  private Plan(
      Graph graph,
      Blocks blocks,
      Moments moments,
      Map<Integer, Dims> points,
      Set<Integer> lastLogits) {
    this.lastLogits = lastLogits;
    this.graph = graph;
    this.blocks = blocks;
    this.moments = moments;
    this.points = points;
    this.edits = graph.edits();
    Needs needs = new Needs(graph, blocks);
    this.needed = needs.needed();
    this.unused = UnusedResults.warnings(graph, needed);
    this.uses = needs.uses();
    this.loops = new ControlBlock.Steps[needed.length];
    List<Integer> first = new ArrayList<>();
    List<Integer> last = new ArrayList<>();
    int latest = -1;
    for (Node node : graph.nodes()) {
      int id = node.id();
      loops[id] = blocks.loop(id);
      branches.add(blocks.branches(id));
      if (!needed[id]) {
        continue;
      }
      branches.get(id).forEach(branch -> conditions.add(branch.condition()));
      if (node instanceof Node.GradientWrite write) {
        cut.add(write.target());
      } else if (node instanceof Node.Gradient gradient) {
        differentiated.add(gradient.target());
      } else if (node instanceof Node.Next next) {
        nexts.put(next.carry(), next);
      } else if (node instanceof Node.Merge merge) {
        conditions.add(merge.condition());
      }
      Moment moment = moments.begin(id);
      if (moment.equals(Moment.START)) {
        first.add(id);
      } else if (moment.step() == Moment.END.step()) {
        last.add(id);
      } else if (id >= edits) {
        latest = Math.max(latest, lastStepOf(id));
      }
    }
    this.start = first.stream().mapToInt(i -> i).toArray();
    this.end = new StepPlan(last, moments, edits);
    this.lastStep = latest;
    this.secondOrder = !differentiated.isEmpty() && SecondOrder.in(graph, moments, needed);
  }

  /** Some nodes of a plan, without what the others do. */
  private Plan(Plan whole, BitSet kept, BitSet held) {
    this.graph = whole.graph;
    this.blocks = whole.blocks;
    this.moments = whole.moments;
    this.points = whole.points;
    this.lastLogits = whole.lastLogits;
    this.edits = whole.edits;
    this.needed = whole.needed.clone();
    this.unused = whole.unused;
    this.uses = whole.uses.clone();
    this.loops = whole.loops;
    this.branches.addAll(whole.branches);
    this.conditions.addAll(whole.conditions);
    this.cut.addAll(whole.cut);
    this.differentiated.addAll(whole.differentiated);
    this.nexts.putAll(whole.nexts);
    this.lastStep = whole.lastStep;
    this.secondOrder = whole.secondOrder;
    List<Integer> last = new ArrayList<>();
    for (int id = 0; id < needed.length; id++) {
      if (needed[id] && !kept.get(id)) {
        for (int need : graph.node(id).needs()) {
          uses[need] -= held.get(need) ? 0 : 1;
        }
      }
      needed[id] &= kept.get(id);
      if (needed[id] && moments.begin(id).step() == Moment.END.step()) {
        last.add(id);
      }
    }
    this.start = Arrays.stream(whole.start).filter(kept::get).toArray();
    this.end = new StepPlan(last, moments, edits);
  }

  private int lastStepOf(int node) {
    ControlBlock.Steps loop = loops[node];
    return loop == null ? moments.begin(node).step() : loop.to() - 1;
  }

  /**
   * Compiles a graph.
   *
   * @param steps the most forward passes that the run can make
   * @throws org.nnsight4j.error.PlanningException if the graph cannot run on this model
   */
  public static Plan of(Graph graph, Blueprint blueprint, int steps) {
    Blocks blocks = new Blocks(graph.blocks());
    GraphCheck check = new GraphCheck(graph, blueprint, blocks, steps);
    Moments moments = check.moments();
    return new Plan(graph, blocks, moments, check.points(), LastLogits.reads(graph, blueprint));
  }

  /**
   * The plan of some nodes alone, which read values of others only if these exist before.
   *
   * @param kept their ids
   * @param held nodes whose values are kept for the others
   */
  public Plan only(BitSet kept, BitSet held) {
    return new Plan(this, kept, held);
  }

  public Graph graph() {
    return graph;
  }

  /** The nodes that run before the first pass, in order. */
  public int[] start() {
    return start.clone();
  }

  /** What happens after the last pass, at {@link Moment#END}. */
  public StepPlan end() {
    return end;
  }

  /** What happens in one forward pass. */
  public StepPlan step(int step) {
    List<Integer> nodes = new ArrayList<>();
    for (int id = 0; id < needed.length; id++) {
      if (needed[id] && runsAt(id, step)) {
        nodes.add(id);
      }
    }
    return steps.computeIfAbsent(nodes, ids -> new StepPlan(ids, moments, edits));
  }

  private boolean runsAt(int node, int step) {
    Moment moment = moments.begin(node);
    if (moment.equals(Moment.START) || moment.step() == Moment.END.step()) {
      return false;
    }
    ControlBlock.Steps loop = loops[node];
    return loop == null ? moment.step() == step : loop.runsAt(step);
  }

  /** The last step at which something that the user recorded happens; -1 if nothing does. */
  public int lastStep() {
    return lastStep;
  }

  /** When a node has its value. */
  public Moment moment(int node) {
    return moments.of(node);
  }

  /** The loop over steps that a node is in, or null. */
  public ControlBlock.@Nullable Steps loop(int node) {
    return loops[node];
  }

  /** The loops over steps. */
  public List<ControlBlock.Steps> loops() {
    return graph.blocks().stream()
        .filter(ControlBlock.Steps.class::isInstance)
        .map(ControlBlock.Steps.class::cast)
        .toList();
  }

  /** The branches that a node is in, the outermost first. */
  public List<ControlBlock.Branch> branches(int node) {
    return branches.get(node);
  }

  /** Whether a value decides a branch. */
  public boolean isCondition(int node) {
    return conditions.contains(node);
  }

  /** The node that hands on a carried value in each iteration of its loop. */
  public Node.@Nullable Next next(int carry) {
    return nexts.get(carry);
  }

  /** The shape of a named value, with the names of its axes. */
  public Dims point(int node) {
    return points.getOrDefault(node, Dims.SCALAR);
  }

  /** Whether a node comes from an edit of the model, not from the user's recording. */
  public boolean isOfEdit(int node) {
    return node < edits;
  }

  /** Whether a node is needed. */
  public boolean isScheduled(int node) {
    return needed[node];
  }

  /** Warnings about results that nothing uses. */
  public List<String> unused() {
    return unused;
  }

  /** How many nodes read a value. */
  public int uses(int node) {
    return uses[node];
  }

  /** Whether a gradient is taken with respect to a value. */
  public boolean isDifferentiated(int node) {
    return differentiated.contains(node);
  }

  /** Whether it replaces parameters, or takes gradients with respect to them. */
  public boolean ownParameters() {
    return graph.nodes().stream()
        .anyMatch(
            node ->
                needed[node.id()]
                    && (node instanceof Node.ParameterWrite
                        || (node instanceof Node.Parameter && isDifferentiated(node.id()))));
  }

  /** Whether logits are read, and only those of the last position. */
  public boolean readsLastLogits() {
    return !lastLogits.isEmpty();
  }

  /** Whether a value is the logits of which only the last position is used. */
  public boolean isLastLogits(int node) {
    return lastLogits.contains(node);
  }

  /** Whether the gradient of a value is replaced. */
  public boolean isCut(int node) {
    return cut.contains(node);
  }

  /** How often the forward pass must be differentiable. */
  public int derivatives() {
    return secondOrder ? 2 : gradients() ? 1 : 0;
  }

  /** Whether gradients of gradients are taken. */
  public boolean secondOrder() {
    return secondOrder;
  }

  /**
   * Whether values can be freed after their last reader. Where gradients flow, libtorch keeps what
   * the way back needs; a value that the run itself uses again has to stay.
   */
  public boolean freesValues() {
    return !gradients() || (cut.isEmpty() && !secondOrder && loops().isEmpty() && !ownParameters());
  }

  /** Whether the forward pass must be differentiable. */
  public boolean gradients() {
    return !cut.isEmpty() || !differentiated.isEmpty();
  }
}
