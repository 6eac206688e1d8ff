package org.nnsight4j.run;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.generate.Generated;
import org.nnsight4j.generate.Generation;
import org.nnsight4j.generate.ResolvedOptions;
import org.nnsight4j.plan.Plan;

/** Runs plans on a network, on the calling thread. Thread-safe: all state belongs to a run. */
public final class Runner {
  private final Blueprint blueprint;
  private final Network network;

  public Runner(Blueprint blueprint, Network network) {
    this.blueprint = blueprint;
    this.network = network;
  }

  /**
   * One forward pass, which ends after the last site that the plan needs.
   *
   * @param wholePass whether to go on to the end all the same
   */
  public Result trace(Plan plan, Batch batch, boolean wholePass) {
    try (ThreadMode mode = ThreadMode.enter(plan.gradients());
        Arena arena = Arena.open()) {
      Interleaver interleaver = new Interleaver(plan, blueprint, network, arena, wholePass);
      try (ForwardPasses passes =
          new ForwardPasses(network, batch, interleaver, arena, 1, false, lastGradientStep(plan))) {
        passes.trace();
      }
      return new Result(interleaver.results(), interleaver.finish(), null);
    }
  }

  private static int lastGradientStep(Plan plan) {
    return plan.gradients() ? plan.lastStep() : -1;
  }

  /** Generates tokens; the plan's nodes run at their steps. */
  public Result generate(
      Plan plan,
      Batch batch,
      ResolvedOptions options,
      @Nullable Function<long[], String> detokenize) {
    try (ThreadMode mode = ThreadMode.enter(plan.gradients());
        Arena arena = Arena.open()) {
      Interleaver interleaver = new Interleaver(plan, blueprint, network, arena, true);
      Generated generated;
      try (ForwardPasses passes =
          new ForwardPasses(
              network,
              batch,
              interleaver,
              arena,
              options.maxNewTokens(),
              options.useCache(),
              lastGradientStep(plan))) {
        generated = Generation.run(batch.rows(), passes, options, detokenize);
      }
      return new Result(interleaver.results(), interleaver.finish(), generated);
    }
  }
}
