package org.nnsight4j.server.graph;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpInputs;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.plan.ForwardCost;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.sweep.SweepLayout;
import org.nnsight4j.internal.sweep.SweepRequest;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * An upper bound of what a run costs, from shapes alone. A text has at most as many tokens as
 * bytes, and no row more than the model has positions; lengths that only the run knows are bounded
 * by the rules that give them.
 */
final class GraphBudget {
  private final Blueprint blueprint;
  private final ForwardCost forward;
  private final Graph graph;
  private final Plan plan;
  private final long steps;
  private final @Nullable SweepLayout sweep;
  private final ForwardCost.Size size;
  private final ValueBounds values;

  /** The largest temporary memory of a kernel. */
  private long scratch;

  /**
   * The budget of one run.
   *
   * @param earlier the values of the runs before it in its session
   * @throws PlanningException if shapes contradict each other, with the user's line
   */
  GraphBudget(
      Blueprint blueprint,
      ForwardCost forward,
      RequestedRun run,
      @Nullable ResolvedOptions options,
      Plan plan,
      List<GraphBudget> earlier) {
    this.blueprint = blueprint;
    this.forward = forward;
    this.graph = run.graph();
    this.plan = plan;
    this.steps = options == null ? 1 : options.maxNewTokens();
    this.sweep =
        run.kind() instanceof RunKind.Sweep kind
            ? SweepRequest.layout(graph, kind.spec(), blueprint)
            : null;
    long prompts = graph.prompts().stream().mapToLong(Prompt::rows).sum();
    long each = options == null ? 1 : Math.max(options.numBeams(), options.numReturnSequences());
    long longest = graph.prompts().stream().mapToLong(GraphBudget::longest).max().orElse(0);
    this.size =
        new ForwardCost.Size(
            Dim.product(prompts, each),
            Math.min(blueprint.maxPositions(), longest + steps),
            options == null || options.useCache() ? 1 : steps);
    this.values =
        new ValueBounds(blueprint, graph, size, steps, past -> earlier.get(past).values.metas());
    RunCondition when = run.when();
    if (when != null) {
      Meta condition = earlier.get(when.run()).values.metas().get(when.save());
      ValueBounds.checkTruth(condition, when.line());
    }
  }

  private static long longest(Prompt prompt) {
    if (prompt instanceof Prompt.Ids ids) {
      return ids.ids().stream().mapToLong(row -> row.length).max().orElse(0);
    } else if (prompt instanceof Prompt.Texts texts) {
      return texts.texts().stream().mapToLong(text -> bytes(text) + 2).max().orElse(0);
    } else if (prompt instanceof Prompt.Pairs pairs) {
      return pairs.pairs().stream()
          .mapToLong(pair -> bytes(pair.first()) + bytes(pair.second()) + 4)
          .max()
          .orElse(0);
    }
    return 0;
  }

  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Adds everything up. */
  Budget compute() {
    return sweep == null ? plain() : swept(sweep);
  }

  /** Metrics are computed once for each cell, and for the two runs without interventions. */
  private Budget swept(SweepLayout layout) {
    long bytes = layout.bytes();
    long flops = 0;
    long saves = 0;
    for (Node node : graph.nodes()) {
      bytes = Dim.sum(bytes, bytes(node));
      flops = Dim.sum(flops, flops(node));
      saves += node instanceof Node.Save ? 1 : 0;
    }
    long cells = layout.cells().size() + 2L * layout.groups().size();
    long prompts = graph.prompts().get(SweepSpec.CHANGED).rows();
    long results = Dim.product(Dim.product(cells, prompts), Double.BYTES * saves);
    ForwardCost.Size once = new ForwardCost.Size(prompts, layout.longest(), 1);
    long passes = (long) Math.ceil(layout.report().forwards());
    return new Budget(
        graph.nodes().size(),
        Dim.sum(Dim.sum(bytes, scratch), results),
        Dim.sum(Dim.product(forward.flops(once), passes), Dim.product(flops, cells)),
        steps);
  }

  private Budget plain() {
    long passBytes = forward.bytes(size, plan.gradients());
    long passFlops = forward.flops(size);
    long bytes = passBytes;
    long flops = passFlops;
    GradientPrice gradients = new GradientPrice(graph, plan.secondOrder(), passBytes, passFlops);
    Blocks blocks = new Blocks(graph.blocks());
    for (Node node : graph.nodes()) {
      ControlBlock.Steps loop = blocks.loop(node.id());
      long times = loop == null ? 1 : ValueBounds.times(loop, steps);
      long own = bytes(node);
      long work = flops(node);
      long[] backward = gradients.add(node, own, work, ways(node));
      // A value that is saved in a loop is kept for each step, and with gradients every value is;
      // others live for one step.
      boolean kept = node instanceof Node.Save || plan.gradients();
      long live = Dim.sum(Dim.product(own, kept ? times : 1), Dim.product(backward[0], times));
      bytes = Dim.sum(bytes, live);
      flops = Dim.sum(flops, Dim.product(Dim.sum(work, backward[1]), times));
    }
    return new Budget(graph.nodes().size(), Dim.sum(bytes, scratch), flops, steps);
  }

  /** The bytes of a node's value, and of its intermediate results. */
  private long ways(Node node) {
    return node instanceof Node.Gradient gradient && gradient.directions() != null
        ? values.metas().get(gradient.directions()).dims().get(0).most()
        : 1;
  }

  private long bytes(Node node) {
    Meta meta = values.metas().get(node.id());
    long own = Dim.product(meta.dims().mostElements(), meta.dtype().bytes());
    if (node instanceof Node.Call call) {
      Op op = OpTable.get(call.op());
      scratch = Math.max(scratch, op.scratch(inputs(call), meta, Dim::most));
    } else if (node instanceof Node.Apply apply) {
      return Dim.sum(own, forward.bytes(apply.module(), applied(apply), plan.gradients()));
    } else if (node instanceof Node.Write write) {
      // The site is copied for all rows.
      return Dim.sum(own, whole(write.site()));
    } else if (node instanceof Node.Skip skip) {
      return Dim.sum(own, whole(SiteKey.output(skip.module())));
    } else if (node instanceof Node.Read read && plan.gradients()) {
      return Dim.sum(own, whole(read.site()));
    }
    return own;
  }

  private long whole(SiteKey key) {
    SiteSpec site = blueprint.site(key);
    return site == null
        ? 0
        : Dim.product(ForwardCost.elements(site.meta().dims(), size), site.meta().dtype().bytes());
  }

  private long flops(Node node) {
    if (node instanceof Node.Call call) {
      Meta meta = values.metas().get(call.id());
      return OpTable.get(call.op()).cost(inputs(call), meta, Dim::most);
    } else if (node instanceof Node.Apply apply) {
      return forward.flops(apply.module(), applied(apply));
    }
    return 0;
  }

  private OpInputs inputs(Node.Call call) {
    return new OpInputs(call.args(), values.metas()::get);
  }

  /** The rows and positions of the value that a module is applied to. */
  private ForwardCost.Size applied(Node.Apply apply) {
    Dims argument = values.metas().get(apply.argument()).dims();
    if (blueprint.attends(apply.module())) {
      return new ForwardCost.Size(argument.get(0).most(), argument.get(1).most(), 1);
    }
    // Each vector is a row of its own; for ids, each id is.
    Meta input = values.metas().get(apply.argument());
    long width = input.dtype().isFloating() ? Math.max(1, argument.get(-1).most()) : 1;
    return new ForwardCost.Size(argument.mostElements() / width, 1, 1);
  }
}
