package org.nnsight4j.internal.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Staged;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.sweep.Place;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.internal.sweep.SweepLayout;
import org.nnsight4j.internal.sweep.SweepLayout.Chunk;
import org.nnsight4j.internal.sweep.SweepLayout.Entry;
import org.nnsight4j.internal.sweep.SweepLayout.Group;
import org.nnsight4j.internal.sweep.SweepRequest;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;

/** Executes a sweep: the rows of its layout, and the metrics of each cell. */
final class SweepRun {
  private final Plan plan;
  private final SweepSpec spec;
  private final SweepLayout layout;
  private final Network network;
  private final Staged staged;
  private final RunContext around;
  private final List<long[]> base;
  private final List<long[]> source;
  private final SweepMetrics metrics;
  private final SweepTargets targets;
  private final Arena arena;
  private final SweepNumbers numbers;
  private final Set<Place> wanted = new LinkedHashSet<>();
  private int done;

  private SweepRun(
      Plan plan,
      Batch batch,
      SweepSpec spec,
      Blueprint blueprint,
      Network network,
      Arena arena,
      RunContext around) {
    this.plan = plan;
    this.spec = spec;
    this.network = network;
    this.around = around;
    this.arena = arena;
    if (!(network instanceof Staged blocks)) {
      throw new PlanningException(
          "the forward pass of '%s' cannot begin at a block, which a sweep needs; its network has to implement Staged"
              .formatted(blueprint.architecture()));
    }
    this.staged = blocks;
    this.base = rows(batch, SweepSpec.CHANGED);
    this.source = rows(batch, SweepSpec.SOURCE + 1);
    this.layout = SweepRequest.layout(plan.graph(), spec, blueprint);
    this.metrics = new SweepMetrics(plan, batch, blueprint, network, arena, around);
    this.targets = new SweepTargets(spec.action(), vector(), arena);
    this.numbers = new SweepNumbers(spec, layout, base.size());
    layout.cells().forEach(cell -> wanted.add(cell.place()));
  }

  /** Runs a sweep whose graph has the prompts that {@link SweepSpec} says. */
  static Result run(
      Plan plan,
      Batch batch,
      SweepSpec spec,
      Blueprint blueprint,
      Network network,
      RunContext around) {
    if (plan.gradients()) {
      throw new PlanningException("a metric of a sweep takes no gradients");
    }
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      network.checkWeights();
      return new SweepRun(plan, batch, spec, blueprint, network, arena, around).run();
    } catch (EngineException e) {
      throw new RunException("the sweep failed in the engine: " + e.getMessage(), e);
    }
  }

  private static List<long[]> rows(Batch batch, int prompt) {
    Batch.Group group = batch.groups().get(prompt);
    return batch.rows().subList(group.begin(), group.begin() + group.count());
  }

  private @Nullable Tensor vector() {
    Integer node = spec.vector();
    return node == null ? null : ((Node.Constant) plan.graph().node(node)).tensor();
  }

  private Result run() {
    if (spec.action() == SweepAction.MEAN) {
      for (Group group : layout.groups()) {
        try (Arena running = arena.child()) {
          SweepBase runs = runs(group, running, group.length());
          wanted.forEach(place -> targets.learn(place, runs.whole(running, runs.base(), place)));
        }
      }
    }
    for (Group group : layout.groups()) {
      try (Arena running = arena.child()) {
        run(group, running);
      }
    }
    Map<Integer, Map<Integer, Tensor>> saved = numbers.saved();
    Receipt receipt =
        new Receipt(List.of(), List.of(), layout.groups().size(), "", network.precision());
    return new Result(saved, save -> "it is no metric of the sweep", receipt, null);
  }

  private void step() {
    around.passing(done++, layout.steps());
  }

  private SweepBase runs(Group group, Arena running, int sourceFrom) {
    List<long[]> ids = Arrays.stream(group.pairs()).mapToObj(base::get).toList();
    List<long[]> others = Arrays.stream(group.pairs()).mapToObj(source::get).toList();
    return new SweepBase(
        staged, layout.places(), running, ids, others, sourceFrom, wanted, this::step);
  }

  private void run(Group group, Arena running) {
    SweepBase runs = runs(group, running, group.sourceFrom());
    SweepMetrics.Runs logits =
        new SweepMetrics.Runs(
            everyPrompt(
                running, group, runs.base().logits(), SweepBase.all(group.pairs().length), null),
            everyPrompt(
                running, group, runs.source().logits(), SweepBase.all(group.pairs().length), null));
    numbers.runs(group, metrics.of(logits.base(), logits), metrics.of(logits.source(), logits));
    for (Chunk chunk : group.chunks()) {
      try (Arena own = running.child()) {
        NDArray last =
            new SweepChunk(runs, staged, layout.places(), targets, chunk, own).logits(this::step);
        int begin = 0;
        for (Entry entry : chunk.entries()) {
          int count = entry.rows().length;
          try (Arena measuring = own.child()) {
            NDArray part =
                TorchOps.get()
                    .call(
                        measuring,
                        "window",
                        last,
                        new long[] {0},
                        new long[] {begin},
                        new long[] {count});
            NDArray all = everyPrompt(measuring, group, part, entry.rows(), logits.base());
            numbers.cell(group, entry, metrics.of(all, logits));
          }
          begin += count;
        }
      }
    }
  }

  /**
   * Logits with a row for each prompt of the sweep, because metrics are recorded for all of them.
   * What a metric says of other prompts than these is not looked at.
   *
   * @param which the places in the group of the rows that there are
   * @param others the rows of other prompts; null to repeat the first
   */
  private NDArray everyPrompt(
      Arena into, Group group, NDArray some, int[] which, @Nullable NDArray others) {
    long[] places = Arrays.stream(which).mapToLong(place -> group.pairs()[place]).toArray();
    boolean all = places.length == base.size();
    for (int i = 0; all && i < places.length; i++) {
      all = places[i] == i;
    }
    if (all) {
      return some;
    }
    TorchOps ops = TorchOps.get();
    NDArray around =
        others != null
            ? others
            : ops.call(into, "select_rows", some, into.longs(new long[base.size()], base.size()));
    return ops.call(into, "sweep_fill", around, into.longs(places, places.length), some);
  }
}
