package org.nnsight4j.internal.plan;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.SiteScope;

/**
 * Which invokers of a forward pass can be computed apart. An invoker whose values are written to
 * rows of others is a source and comes first; what is computed from the values of several others,
 * and goes to no rows, comes last.
 */
public final class RowParts {
  /** A part without a site: nothing of the pass is looked at. */
  public static final int NOWHERE = Integer.MAX_VALUE;

  private final Plan plan;
  private final Blueprint blueprint;
  private final int[] roots;
  private final List<BitSet> reach = new ArrayList<>();
  private final BitSet sources = new BitSet();
  private final BitSet floating = new BitSet();
  private final BitSet last = new BitSet();
  private final Part source = new Part();
  private final Map<Integer, Part> parts = new LinkedHashMap<>();

  /** Invokers that are computed together, and the nodes that belong to them. */
  public static final class Part {
    private final BitSet invokers = new BitSet();
    private final BitSet nodes = new BitSet();
    private int firstSite = NOWHERE;

    /** The numbers of the invokers. */
    public BitSet invokers() {
      return (BitSet) invokers.clone();
    }

    /** The ids of the nodes. */
    public BitSet nodes() {
      return (BitSet) nodes.clone();
    }

    /** The number of the first site that is read, written or skipped. */
    public int firstSite() {
      return firstSite;
    }
  }

  private RowParts(Plan plan, Blueprint blueprint, int[] roots) {
    this.plan = plan;
    this.blueprint = blueprint;
    this.roots = roots;
  }

  /**
   * The parts of a plan; empty if all rows have to stay together.
   *
   * @param roots for each invoker the first that has the same rows
   */
  public static Optional<RowParts> of(Plan plan, Blueprint blueprint, int[] roots) {
    if (plan.gradients()
        || !plan.graph().blocks().isEmpty()
        || plan.graph().nodes().stream().anyMatch(RowParts::concernsAll)) {
      return Optional.empty();
    }
    RowParts parts = new RowParts(plan, blueprint, roots);
    parts.divide();
    return parts.parts.size() > 1 ? Optional.of(parts) : Optional.empty();
  }

  /** Whether a node has an effect on the whole pass, or on the user's own objects. */
  private static boolean concernsAll(Node node) {
    return node instanceof Node.Stop
        || node instanceof Node.HostCall
        || node instanceof Node.ParameterWrite;
  }

  private void divide() {
    List<Node> nodes = plan.graph().nodes();
    nodes.forEach(this::reach);
    for (Node node : nodes) {
      if (plan.isScheduled(node.id()) && node instanceof Node.OfRows own) {
        BitSet others = (BitSet) reach.get(node.id()).clone();
        others.clear(roots[own.invoker()]);
        sources.or(others);
      }
    }
    for (Node node : nodes) {
      if (plan.isScheduled(node.id())) {
        place(node);
      }
    }
    for (int invoker = 0; invoker < roots.length; invoker++) {
      if (sources.get(roots[invoker])) {
        source.invokers.set(invoker);
      } else if (parts.containsKey(roots[invoker])) {
        parts.get(roots[invoker]).invokers.set(invoker);
      }
    }
  }

  private void reach(Node node) {
    BitSet own = new BitSet();
    node.needs().forEach(need -> own.or(reach.get(need)));
    if (node instanceof Node.OfRows rows) {
      own.set(roots[rows.invoker()]);
    }
    if (node instanceof Node.SiteAccess access
        && access.scope() instanceof SiteScope.Inside inside) {
      own.or(reach.get(inside.node()));
      // What is written inside a call reaches all who use the call.
      reach.get(inside.node()).or(own);
    }
    reach.add(own);
  }

  private void place(Node node) {
    BitSet own = (BitSet) reach.get(node.id()).clone();
    if (own.isEmpty()) {
      floating.set(node.id());
      if (plan.moment(node.id()).step() == Moment.END.step() || node.hasEffect()) {
        floating.clear(node.id());
        last.set(node.id());
      }
      return;
    }
    BitSet others = (BitSet) own.clone();
    others.andNot(sources);
    Part part;
    if (others.isEmpty()) {
      part = source;
    } else if (node instanceof Node.OfRows rows) {
      part = part(roots[rows.invoker()]);
    } else if (others.cardinality() == 1) {
      part = part(others.nextSetBit(0));
    } else {
      last.set(node.id());
      return;
    }
    if (node.needs().stream().anyMatch(last::get)) {
      last.set(node.id());
      return;
    }
    part.nodes.set(node.id());
    part.firstSite = Math.min(part.firstSite, site(node));
  }

  private Part part(int root) {
    return parts.computeIfAbsent(root, number -> new Part());
  }

  /** The site of the pass that a node reads, writes or skips. */
  private int site(Node node) {
    SiteKey key =
        node instanceof Node.SiteAccess access && access.scope().isOwnPass()
            ? access.site()
            : node instanceof Node.Skip skip ? SiteKey.input(skip.module()) : null;
    if (key == null) {
      return NOWHERE;
    }
    SiteSpec site = blueprint.site(key);
    return site == null ? 0 : site.order();
  }

  /**
   * The invokers whose values are written to rows of others; without invokers if there are none.
   */
  public Part source() {
    return source;
  }

  /** The other invokers, by their first. */
  public List<Part> parts() {
    return List.copyOf(parts.values());
  }

  /** Nodes, and those of no invoker that they need: constants, and what is computed from them. */
  public BitSet withFloating(BitSet nodes) {
    BitSet all = (BitSet) nodes.clone();
    for (int id = plan.graph().nodes().size() - 1; id >= 0; id--) {
      if (all.get(id)) {
        plan.graph().node(id).needs().stream().filter(floating::get).forEach(all::set);
      }
    }
    return all;
  }

  /** What is computed when all parts have been. */
  public BitSet last() {
    return (BitSet) last.clone();
  }
}
