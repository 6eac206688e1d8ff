package org.nnsight4j.server.graph;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.graph.Block;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Inference;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.op.OpInputs;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.record.PromptLengths;
import org.nnsight4j.internal.record.SiteShapes;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.server.execute.Budget;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Meta;

/**
 * An upper bound of what a run costs, from shapes alone. A text has at most as many tokens as
 * bytes; each operation costs its result, and twice its inner length where it multiplies matrices.
 */
final class GraphBudget {
  private static final int FLOAT = 4;
  private static final int FORWARD_WIDTHS = 16;
  private static final int BACKWARD = 3;

  private final Blueprint blueprint;
  private final Graph graph;
  private final Plan plan;
  private final List<GraphBudget> earlier;
  private final List<Meta> metas = new ArrayList<>();
  private final long rows;
  private final long tokens;
  private final long steps;

  /**
   * The budget of one run.
   *
   * @param earlier those of the runs before it in its session
   */
  GraphBudget(
      Blueprint blueprint,
      RequestedRun run,
      ResolvedOptions options,
      Plan plan,
      List<GraphBudget> earlier) {
    this.blueprint = blueprint;
    this.graph = run.graph();
    this.plan = plan;
    this.earlier = List.copyOf(earlier);
    this.steps = run.steps(options);
    long prompts = graph.prompts().stream().mapToLong(Prompt::rows).sum();
    long each = run.generates() ? Math.max(options.numBeams(), options.numReturnSequences()) : 1;
    // Values of earlier runs may have more rows and tokens than those of this one.
    this.rows =
        Math.max(
            times(prompts, each),
            earlier.stream().mapToLong(budget -> budget.rows).max().orElse(0));
    long longest = graph.prompts().stream().mapToLong(GraphBudget::longest).max().orElse(0);
    this.tokens =
        Math.max(
            Math.min(blueprint.maxPositions(), longest + steps),
            earlier.stream().mapToLong(budget -> budget.tokens).max().orElse(0));
  }

  private static long longest(Prompt prompt) {
    if (prompt instanceof Prompt.Ids ids) {
      return ids.ids().stream().mapToLong(row -> row.length).max().orElse(0);
    } else if (prompt instanceof Prompt.Texts texts) {
      return texts.texts().stream()
          .mapToLong(text -> text.getBytes(StandardCharsets.UTF_8).length + 2L)
          .max()
          .orElse(0);
    }
    return 0;
  }

  /**
   * Computes it.
   *
   * @throws PlanningException if shapes contradict each other, with the user's line
   */
  Budget compute() {
    long bytes = forwardBytes();
    long flops = forwardFlops();
    Blocks blocks = new Blocks(graph.blocks());
    Inference inference =
        new Inference(
            graph::node, metas::get, new SiteShapes(blueprint, new PromptLengths(graph::prompts)));
    for (Node node : graph.nodes()) {
      Block.Steps loop = blocks.loop(node.id());
      Meta meta = infer(inference, node, loop);
      if (node instanceof Node.Bridge bridge) {
        check(bridge);
      }
      metas.add(meta);
      long size = size(meta);
      long times = loop == null ? 1 : Math.max(1, Math.min(steps, loop.to()) - loop.from());
      // What is saved in a loop is kept for each step; other values live for one.
      bytes = plus(bytes, times(size, meta.dtype().bytes(), node instanceof Node.Save ? times : 1));
      flops = plus(flops, times(flops(node, meta, metas), times));
    }
    return new Budget(graph.nodes().size(), bytes, flops, steps);
  }

  private static Meta infer(Inference inference, Node node, Block.@Nullable Steps loop) {
    try {
      return inference.of(node, loop == null ? 0 : loop.from());
    } catch (ShapeException e) {
      throw new PlanningException("%s (at %s)".formatted(e.getMessage(), node.line()), e);
    }
  }

  /** What an earlier run keeps is what this one expects. */
  private void check(Node.Bridge bridge) {
    Meta kept = earlier.get(bridge.run()).metas.get(bridge.save());
    if (!kept.equals(bridge.meta())) {
      throw new PlanningException(
          "expected of run %s of the session a value %s, found %s (at %s)"
              .formatted(bridge.run(), bridge.meta(), kept, bridge.line()));
    }
  }

  private long flops(Node node, Meta meta, List<Meta> metas) {
    if (node instanceof Node.Call call) {
      return OpTable.get(call.op()).cost(new OpInputs(call.args(), metas::get), meta, this::length);
    } else if (node instanceof Node.Apply apply) {
      return times(2, parameters(apply.module()), rows, tokens);
    }
    return 0;
  }

  /** Activations of one layer, the cache of all, and the scores of all tokens. */
  private long forwardBytes() {
    long width = blueprint.widths().values().stream().mapToLong(n -> n).max().orElse(1);
    long layers = blueprint.counts().values().stream().mapToLong(n -> n).max().orElse(1);
    long cells = times(rows, tokens);
    long gradients = plan.gradients() ? layers : 1;
    return plus(
        times(cells, width, FLOAT, FORWARD_WIDTHS, gradients),
        plus(
            times(cells, width, FLOAT, 2, layers),
            times(cells, blueprint.vocabularySize(), FLOAT)));
  }

  private long forwardFlops() {
    long passes = times(2, parameters(""), rows, tokens);
    return plan.gradients() ? times(passes, BACKWARD) : passes;
  }

  private long parameters(String module) {
    String prefix = module.isEmpty() ? "" : module + ".";
    return blueprint.parameters().entrySet().stream()
        .filter(entry -> entry.getKey().startsWith(prefix))
        .mapToLong(entry -> Arrays.stream(entry.getValue()).reduce(1, GraphBudget::times))
        .reduce(0, GraphBudget::plus);
  }

  private long size(Meta meta) {
    return meta.dims().axes().stream().mapToLong(this::length).reduce(1, GraphBudget::times);
  }

  private long length(Dim dim) {
    if (dim.isKnown()) {
      return dim.size();
    }
    return dim.is(Dim.BATCH)
        ? rows
        : dim.is(Dim.POSITION) || dim.is(Dim.KEY) ? tokens : times(rows, tokens);
  }

  private static long times(long... factors) {
    long product = 1;
    for (long factor : factors) {
      product = times(product, factor);
    }
    return product;
  }

  /** The largest number instead of an overflow: it is over any budget. */
  private static long times(long a, long b) {
    long high = Math.multiplyHigh(a, b);
    long low = a * b;
    return high == 0 && low >= 0 ? low : Long.MAX_VALUE;
  }

  private static long plus(long a, long b) {
    long sum = a + b;
    return sum < 0 ? Long.MAX_VALUE : sum;
  }
}
