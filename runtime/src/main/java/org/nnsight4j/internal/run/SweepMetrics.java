package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.tensor.Tensor;

/** Computes what a sweep measures from the logits of the last position, by the recorded nodes. */
final class SweepMetrics {
  private final Plan plan;
  private final Blueprint blueprint;
  private final Network network;
  private final RunContext around;
  private final Arena arena;
  private final Batch batch;
  private final int prompts;
  private final int logits;
  private final boolean[] read;

  /** The logits of the runs of a group, with a row for each pair of the sweep. */
  record Runs(NDArray base, NDArray source) {}

  SweepMetrics(
      Plan plan,
      Batch batch,
      Blueprint blueprint,
      Network network,
      Arena arena,
      RunContext around) {
    this.plan = plan;
    this.blueprint = blueprint;
    this.network = network;
    this.arena = arena;
    this.around = around;
    this.logits = blueprint.order(SiteKey.output(""));
    this.prompts = batch.groups().get(SweepSpec.CHANGED).count();
    this.read = new boolean[batch.groups().size()];
    for (Node node : plan.graph().nodes()) {
      if (plan.isScheduled(node.id()) && node instanceof Node.Read access) {
        read[access.invoker()] = true;
      }
    }
    List<long[]> rows = new ArrayList<>();
    List<Batch.Group> groups = new ArrayList<>();
    for (int run = 0; run < read.length; run++) {
      // What is not read is not there, and takes no place.
      boolean there = run == SweepSpec.CHANGED || read[run];
      Batch.Group group = batch.groups().get(run);
      groups.add(new Batch.Group(there ? rows.size() : 0, group.count()));
      if (there) {
        rows.addAll(batch.rows().subList(group.begin(), group.begin() + group.count()));
      }
    }
    this.batch = new Batch(rows, List.of(), groups);
  }

  /**
   * The metrics of one cell.
   *
   * @param changed logits of all prompts, {@code [prompt, 1, vocab]}
   */
  Map<Integer, double[]> of(NDArray changed, Runs runs) {
    try (Arena measuring = arena.child()) {
      List<NDArray> parts = new ArrayList<>(List.of(changed));
      if (read[SweepSpec.BASE + 1]) {
        parts.add(runs.base());
      }
      if (read[SweepSpec.SOURCE + 1]) {
        parts.add(runs.source());
      }
      Interleaver nodes = new Interleaver(plan, blueprint, network, measuring, false, around);
      int[] origins = SweepBase.all(batch.rows().size());
      nodes.begin(0, new Frame(batch, origins, 1, batch.length()), null, false);
      NDArray all =
          parts.size() == 1 ? changed : TorchOps.get().call(measuring, "sweep_join", parts);
      if (nodes.listens(logits)) {
        var unused = nodes.at(logits, all, measuring);
      }
      var done = nodes.finish();
      return numbers(nodes);
    }
  }

  private Map<Integer, double[]> numbers(Interleaver nodes) {
    Map<Integer, double[]> numbers = new HashMap<>();
    nodes
        .results()
        .forEach(
            (save, steps) -> {
              Tensor tensor = steps.get(0);
              if (tensor == null || tensor.rank() != 1 || tensor.size() != prompts) {
                throw new RunException(
                    plan.graph().node(save).location(),
                    "a metric has one number for each of %s, found %s"
                        .formatted(Counted.of(prompts, "prompt"), tensor));
              }
              double[] each = new double[prompts];
              Arrays.setAll(each, tensor::at);
              numbers.put(save, each);
            });
    return numbers;
  }
}
