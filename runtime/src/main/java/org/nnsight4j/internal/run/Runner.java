package org.nnsight4j.internal.run;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.IntFunction;
import java.util.function.LongFunction;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.decode.Generation;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.decode.Stopped;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;

/** Runs plans on a network, on the calling thread. Thread-safe: all state belongs to a run. */
public final class Runner {
  private final Blueprint blueprint;
  private final Network network;

  public Runner(Blueprint blueprint, Network network) {
    this.blueprint = blueprint;
    this.network = network;
  }

  /** One forward pass, which ends after the last site that the plan needs unless it is whole. */
  public Result trace(TraceRun run, RunContext around) {
    if (TraceParts.apply(run, blueprint, network)) {
      return TraceParts.run(run, blueprint, network, around);
    }
    Plan plan = run.plan();
    Batch batch = run.batch();
    boolean wholePass = run.wholePass();
    try (ThreadMode mode = ThreadMode.enter(plan.gradients());
        Arena arena = Arena.open(network.device())) {
      Interleaver interleaver = new Interleaver(plan, blueprint, network, arena, wholePass, around);
      try (ForwardPasses passes =
          new ForwardPasses(
              network, batch, interleaver, arena, 1, false, lastGradientStep(plan), around)) {
        passes.trace();
      } catch (Stopped stopped) {
        // The user's own stop() ended it; what was saved before is kept.
      }
      return traced(plan, interleaver);
    }
  }

  /** Many interventions, as many at a time as there is memory for. */
  public Result sweep(Plan plan, Batch batch, SweepSpec spec, RunContext around) {
    return SweepRun.run(plan, batch, spec, blueprint, network, around);
  }

  static Result traced(Plan plan, Interleaver interleaver) {
    Receipt receipt = interleaver.finish();
    return new Result(interleaver.results(), reasons(plan, interleaver), receipt, null);
  }

  /**
   * Several runs in one forward pass. All rows have one length, and the runs take no gradients,
   * skip no modules and need no earlier runs.
   *
   * @param parts the number of parts into which the rows of each matrix product are split: 1, or
   *     one for each run if all have equally many rows
   * @param around the context of all of them, with their common memory
   * @return the results; empty for those that have to run alone, as if nothing had happened
   */
  public List<Optional<Result>> together(List<TraceRun> runs, int parts, RunContext around) {
    return SharedPass.run(runs, parts, blueprint, network, around);
  }

  /** What is wrong about the family's view of the model as a decoder; empty if nothing is. */
  public Optional<String> wrongView() {
    return ViewCheck.of(blueprint, network);
  }

  /**
   * Lets runs of generation share their steps.
   *
   * @param memory how many bytes the keys and values of all may take
   */
  public JoinedSteps joinedSteps(long memory) {
    return new JoinedSteps(blueprint, network, memory);
  }

  /** Runs trial passes before runs share them. */
  public Rehearsal rehearsal() {
    return new Rehearsal(blueprint, network);
  }

  /**
   * Converts reasons to text, so that a result does not keep the run alive; what has its numbers
   * needs none, unless a loop may lack some of them.
   */
  static IntFunction<String> reasons(Plan plan, Interleaver interleaver) {
    Map<Integer, String> reasons = new HashMap<>();
    Map<Integer, Map<Integer, Tensor>> results = interleaver.results();
    for (Node node : plan.graph().nodes()) {
      if (node instanceof Node.Save
          && plan.isScheduled(node.id())
          && (plan.loop(node.id()) != null || !results.containsKey(node.id()))) {
        reasons.put(node.id(), interleaver.reason(node.id()));
      }
    }
    return save -> reasons.getOrDefault(save, "it was not part of the run");
  }

  private static int lastGradientStep(Plan plan) {
    return plan.gradients() ? plan.lastStep() : -1;
  }

  /** Generates tokens; the plan's nodes run at their steps. */
  public Result generate(
      Plan plan,
      Batch batch,
      ResolvedOptions options,
      @Nullable LongFunction<byte[]> bytesOfToken,
      RunContext around) {
    try (ThreadMode mode = ThreadMode.enter(plan.gradients());
        Arena arena = Arena.open(network.device())) {
      Interleaver interleaver = new Interleaver(plan, blueprint, network, arena, true, around);
      Generated generated;
      try (ForwardPasses passes =
          new ForwardPasses(
              network,
              batch,
              interleaver,
              arena,
              options.maxNewTokens(),
              options.useCache(),
              lastGradientStep(plan),
              around)) {
        generated = Generation.run(batch.rows(), passes, options, bytesOfToken, around.tokens());
        interleaver.batched(passes.batched());
      }
      Receipt receipt = interleaver.finish();
      return new Result(interleaver.results(), reasons(plan, interleaver), receipt, generated);
    }
  }
}
