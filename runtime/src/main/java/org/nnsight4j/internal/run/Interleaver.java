package org.nnsight4j.internal.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.BitSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.KvCache;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.LastLogits;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.plan.StepPlan;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;

/**
 * Runs a plan's nodes during the forward pass: every site calls {@link #at}. Values are freed when
 * their last reader has run. For one run on one thread.
 */
final class Interleaver implements Taps {
  private static final int BEFORE_THE_PASS = -1;

  private final Plan plan;
  private final Blueprint blueprint;
  private final Graph graph;
  private final SiteSpec[] sites;
  private final boolean needsLogits;

  /** The sites that show the last position alone; null if none does. */
  private final @Nullable Set<SiteKey> lastOnly;

  private final Values values;
  private final Guards guards;
  private final OwnParameters parameters;
  private final Applications applications;
  private final Evaluation evaluation;
  private final Events events;
  private final Skips skips;
  private final ReceiptBuilder receipt;
  private int step;
  private int passed;
  private @Nullable StepPlan now;
  private @Nullable Frame first;
  private @Nullable Frame frame;
  private @Nullable KvCache cache;

  Interleaver(
      Plan plan,
      Blueprint blueprint,
      Network network,
      Arena arena,
      boolean needsLogits,
      RunContext around) {
    this(plan, blueprint, network, arena, needsLogits, around, Map.of());
  }

  /**
   * Prepares a run.
   *
   * @param fed values of nodes that another part of the run has computed
   */
  Interleaver(
      Plan plan,
      Blueprint blueprint,
      Network network,
      Arena arena,
      boolean needsLogits,
      RunContext around,
      Map<Integer, NDArray> fed) {
    this.plan = plan;
    this.blueprint = blueprint;
    this.graph = plan.graph();
    this.sites = blueprint.sites().toArray(SiteSpec[]::new);
    this.needsLogits = needsLogits;
    this.lastOnly = plan.readsLastLogits() ? LastLogits.sites(blueprint) : null;
    this.values = new Values(plan, arena, around.meter(), around.shelf());
    this.guards = new Guards(plan, values);
    Gradients gradients = new Gradients(plan, values, around);
    this.receipt = new ReceiptBuilder(network.precision());
    this.parameters = new OwnParameters(network, arena, receipt);
    this.applications = new Applications(plan, blueprint, network, values, parameters);
    this.evaluation =
        new Evaluation(
            plan, values, guards, gradients, new Calls(values), applications, parameters, around);
    this.events = new Events(plan, values, guards, gradients, evaluation, receipt);
    this.skips = new Skips(blueprint, network, plan.gradients());
    for (Node node : graph.nodes()) {
      if (plan.isScheduled(node.id()) && !plan.isOfEdit(node.id())) {
        receipt.expect(node, plan.loop(node.id()));
        if (node instanceof Node.GradientWrite write) {
          receipt.expect(write, isSeen(write));
        }
      }
    }
    fed.forEach(
        (node, value) -> {
          if (plan.uses(node) > 0) {
            values.put(node, values.again(value));
          }
        });
    runAll(plan.start());
  }

  /** The value of a node that other parts of the run read; null if it has not happened. */
  @Nullable NDArray value(int node) {
    return values.has(node) ? values.get(node, graph.node(node)) : null;
  }

  /** Runs nodes that need values of passes that are over. */
  void withoutPass(BitSet nodes) {
    nodes.stream().forEach(id -> evaluation.run(graph.node(id), null));
  }

  private boolean isSeen(Node.GradientWrite write) {
    return graph.nodes().stream()
        .anyMatch(
            node ->
                node.id() > write.id()
                    && plan.isScheduled(node.id())
                    && node instanceof Node.Gradient gradient
                    && gradient.scalar() == write.scalar());
  }

  /**
   * Starts a forward pass.
   *
   * @param moved whether its rows differ from those of the pass before, or have moved
   */
  void begin(int newStep, Frame newFrame, @Nullable KvCache newCache, boolean moved) {
    step = newStep;
    first = first == null ? newFrame : first;
    frame = newFrame;
    cache = newCache;
    passed = BEFORE_THE_PASS;
    now = plan.step(step);
    values.begin(step, newFrame, moved);
    guards.begin();
    events.begin(step);
    evaluation.begin(step);
    applications.begin(now, events, evaluation);
    skips.begin();
    runAll(now.at(BEFORE_THE_PASS));
  }

  /** The parameters that the run's passes use. */
  OwnParameters parameters() {
    return parameters;
  }

  /** How often the forward pass must be differentiable. */
  int derivatives() {
    return plan.derivatives();
  }

  /** Called when the forward pass really happens. */
  void passing() {
    receipt.pass();
  }

  /** States how the run shared its passes with others. */
  void batched(String how) {
    receipt.batched(how);
  }

  private StepPlan now() {
    if (now == null) {
      throw new IllegalStateException("no forward pass has begun");
    }
    return now;
  }

  private Frame frame() {
    if (frame == null) {
      throw new IllegalStateException("no forward pass has begun");
    }
    return frame;
  }

  @Override
  public boolean listens(int site) {
    return now().at(site) != null || skips.pendingAt(site);
  }

  @Override
  public boolean canWait(int site) {
    boolean ends = !needsLogits && site >= now().lastSite();
    return !listens(site)
        || (!ends && !skips.pendingAt(site) && !Effects.any(graph, now().at(site)));
  }

  @Override
  public boolean replaces(int input) {
    return Effects.anySkip(graph, now().at(input));
  }

  @Override
  public boolean decides(int site) {
    // What is wanted of these sites is computed in any case.
    return listens(site) && !isLastOnly(site);
  }

  private boolean isLastOnly(int site) {
    return lastOnly != null && lastOnly.contains(sites[site].key());
  }

  /** Whether the pass needs no logits of earlier positions. */
  boolean lastPositionOnly() {
    return lastOnly != null;
  }

  @Override
  public boolean done() {
    boolean done = !needsLogits && passed >= now().lastSite();
    if (done && passed >= 0) {
      String module = sites[passed].key().module();
      receipt.stoppedAfter(module.isEmpty() ? "the model's end" : module);
    }
    return done;
  }

  @Override
  public NDArray at(int site, NDArray value, Arena arena) {
    passed = site;
    NDArray current = skips.into(sites[site], value, frame(), arena);
    int[] nodes = now().at(site);
    if (nodes == null) {
      return current;
    }
    for (int id : nodes) {
      Node node = graph.node(id);
      if (node instanceof Node.Read read && read.scope().isOwnPass()) {
        current = events.read(read, current, window(read.invoker(), sites[site], current), arena);
      } else if (node instanceof Node.Write write && write.scope().isOwnPass()) {
        current =
            events.write(write, current, window(write.invoker(), sites[site], current), arena);
      } else if (node instanceof Node.Skip skip) {
        skip(skip);
      } else {
        evaluation.run(node, frame());
      }
    }
    return current;
  }

  /**
   * An invoker's part of a site, or null if it has none because its rows have ended or were
   * skipped.
   */
  private Frame.@Nullable Window window(int invoker, SiteSpec site, NDArray current) {
    if (!frame().hasRows(invoker) || skips.covers(site.key(), invoker, frame())) {
      return null;
    }
    boolean shortened =
        isLastOnly(site.order()) && current.getShape().get(LastLogits.AXIS) < frame().positions();
    return frame().window(invoker, site.meta().dims(), shortened);
  }

  private void skip(Node.Skip skip) {
    NDArray value = events.skip(skip, frame().hasRows(skip.invoker()));
    if (value != null) {
      skips.add(skip, value, frame(), cache);
    }
  }

  @Override
  public @Nullable NDArray instead(int input, Arena arena) {
    try {
      return skips.whole(sites[input], frame(), arena);
    } catch (EngineException e) {
      throw failed(e);
    }
  }

  /**
   * An error of the engine in the model itself, usually because of a written value that it cannot
   * use.
   */
  RunException failed(EngineException error) {
    Node.Write last = events.lastWrite();
    return new RunException(
        "the forward pass failed in the engine at step %s, after %s%s: %s"
            .formatted(
                step,
                passed < 0 ? "its start" : sites[passed].key().toString(),
                last == null
                    ? ""
                    : "; the last value written was that of %s (at %s)"
                        .formatted(last.site(), last.line()),
                error.getMessage()),
        error);
  }

  Map<Integer, Map<Integer, Tensor>> results() {
    return evaluation.results();
  }

  /**
   * Runs what comes after the last pass; returns the receipt of the finished run.
   *
   * @throws RunException if a write never happened
   */
  Receipt finish() {
    applications.begin(plan.end(), events, evaluation);
    runAll(plan.end().at(Moment.END.site()));
    receipt.warn(plan.unused());
    if (first != null) {
      receipt.warn(CountedPadding.warnings(plan, blueprint, first));
    }
    return receipt.build(absence(), evaluation.stoppedAt());
  }

  /** Why a node that did not run did not. */
  String reason(int node) {
    return absence().reason(graph.node(node));
  }

  private Absence absence() {
    return new Absence(plan, guards, skips, evaluation.stoppedAt());
  }

  private void runAll(int @Nullable [] nodes) {
    if (nodes != null) {
      for (int id : nodes) {
        evaluation.run(graph.node(id), frame);
      }
    }
  }
}
