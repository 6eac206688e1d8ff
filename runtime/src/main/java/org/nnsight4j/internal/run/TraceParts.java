package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.IntFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.plan.RowParts;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;

/** A forward pass over many prompts, computed in parts: as many rows at a time as may be. */
final class TraceParts {
  private final TraceRun run;
  private final Plan plan;
  private final RowParts parts;
  private final RowChunks chunks;
  private final Blueprint blueprint;
  private final Network network;
  private final RunContext around;
  private final Arena arena;
  private final Map<Integer, NDArray> fed = new HashMap<>();
  private final Map<Integer, Map<Integer, Tensor>> saved = new HashMap<>();
  private final Map<Integer, IntFunction<String>> reasons = new HashMap<>();
  private final Map<Integer, Receipt.Entry> entries = new TreeMap<>();
  private final Set<String> warnings = new LinkedHashSet<>();
  private String stoppedAt = "";
  private int furthest = Integer.MIN_VALUE;
  private int passes;

  private TraceParts(
      TraceRun run,
      RowParts parts,
      Blueprint blueprint,
      Network network,
      RunContext around,
      Arena arena) {
    this.run = run;
    this.plan = run.plan();
    this.parts = parts;
    this.blueprint = blueprint;
    this.network = network;
    this.around = around;
    this.arena = arena;
    this.chunks = RowChunks.of(run, parts, blueprint, network);
  }

  /** Whether a run is too large for one batch, and can be computed in parts. */
  static boolean apply(TraceRun run, Blueprint blueprint, Network network) {
    return RowChunks.isLarge(run, blueprint, network) && divided(run, blueprint).isPresent();
  }

  private static Optional<RowParts> divided(TraceRun run, Blueprint blueprint) {
    return RowParts.of(run.plan(), blueprint, RowChunks.roots(run.batch()));
  }

  /** Executes a run that can be computed in parts. */
  static Result run(TraceRun run, Blueprint blueprint, Network network, RunContext around) {
    RowParts parts = divided(run, blueprint).orElseThrow();
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      return new TraceParts(run, parts, blueprint, network, around, arena).run();
    }
  }

  private Result run() {
    BitSet first = parts.source().nodes();
    if (!parts.source().invokers().isEmpty()) {
      compute(first, chunks.batch(List.of(parts.source())), null, 0, arena);
    }
    network.checkWeights();
    SharedLayers shared = chunks.shared(arena);
    for (RowChunks.Chunk chunk : chunks.all()) {
      BitSet nodes = new BitSet();
      chunk.parts().forEach(part -> nodes.or(part.nodes()));
      try (Arena own = arena.child()) {
        compute(nodes, chunks.batch(chunk.parts()), shared, chunk.stage(), own);
      }
    }
    last();
    Receipt receipt =
        new Receipt(
            new ArrayList<>(entries.values()),
            new ArrayList<>(warnings),
            passes,
            stoppedAt,
            network.precision(),
            chunks.toString(),
            "");
    return new Result(
        saved,
        save -> reasons.getOrDefault(save, any -> "it was not part of the run").apply(save),
        receipt,
        null);
  }

  /** The nodes of a part, and what belongs to no part. */
  private Plan planned(BitSet nodes) {
    return plan.only(parts.withFloating(nodes), nodes);
  }

  private void compute(
      BitSet nodes, Batch batch, @Nullable SharedLayers shared, int stage, Arena own) {
    Plan part = planned(nodes);
    Interleaver interleaver =
        new Interleaver(part, blueprint, network, own, run.wholePass(), around, fed);
    if (shared != null && stage > 0) {
      shared.pass(stage, batch, interleaver, own, around);
    } else {
      try (ForwardPasses forward =
          new ForwardPasses(network, batch, interleaver, own, 1, false, -1, around)) {
        forward.trace();
      }
    }
    keep(nodes, interleaver);
    add(part, interleaver);
  }

  /** Keeps what later parts read, without the arrays that it is a view of. */
  private void keep(BitSet nodes, Interleaver interleaver) {
    Set<Integer> wanted = new LinkedHashSet<>();
    for (Node node : plan.graph().nodes()) {
      if (plan.isScheduled(node.id()) && !nodes.get(node.id())) {
        node.needs().stream().filter(nodes::get).forEach(wanted::add);
      }
    }
    for (int node : wanted) {
      NDArray value = interleaver.value(node);
      if (value != null) {
        fed.put(node, TorchOps.get().call(arena, "sweep_copy", value));
      }
    }
  }

  /** What is computed from several parts. */
  private void last() {
    BitSet nodes = parts.last();
    if (nodes.isEmpty()) {
      return;
    }
    Plan part = planned(nodes);
    try (Arena own = arena.child()) {
      Interleaver interleaver = new Interleaver(part, blueprint, network, own, false, around, fed);
      interleaver.withoutPass(nodes);
      add(part, interleaver);
    }
  }

  private void add(Plan part, Interleaver interleaver) {
    Receipt receipt = interleaver.finish();
    Result result =
        new Result(interleaver.results(), Runner.reasons(part, interleaver), receipt, null);
    for (Node node : plan.graph().nodes()) {
      if (part.isScheduled(node.id()) && node instanceof Node.Save) {
        Map<Integer, Tensor> numbers = result.saved().get(node.id());
        if (numbers != null) {
          saved.put(node.id(), numbers);
        }
        reasons.put(node.id(), result.reasons());
      }
    }
    addEntries(part, receipt.entries());
    warnings.addAll(receipt.warnings());
    passes += receipt.passes();
    if (receipt.passes() > 0 && part.step(0).lastSite() > furthest) {
      furthest = part.step(0).lastSite();
      stoppedAt = receipt.stoppedAt();
    }
  }

  private void addEntries(Plan part, Collection<Receipt.Entry> all) {
    var next = all.iterator();
    for (Node node : plan.graph().nodes()) {
      if (part.isScheduled(node.id()) && !part.isOfEdit(node.id()) && ReceiptBuilder.lists(node)) {
        entries.put(node.id(), next.next());
      }
    }
  }
}
