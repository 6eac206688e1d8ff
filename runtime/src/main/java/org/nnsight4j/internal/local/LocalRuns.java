package org.nnsight4j.internal.local;

import java.util.function.LongFunction;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.family.ModelKind;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.decode.OptionResolver;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.run.RunContext;
import org.nnsight4j.internal.run.Runner;
import org.nnsight4j.internal.run.TraceRun;

/** Plans runs and executes them in this process, on a model that is loaded when needed. */
public final class LocalRuns {
  private final Loaded loaded;

  public LocalRuns(Loaded loaded) {
    this.loaded = loaded;
  }

  /**
   * What a kind of run means on this checkpoint.
   *
   * @throws org.nnsight4j.error.OptionsException if the options contradict each other
   */
  public RunSettings settings(RunKind kind) {
    if (kind instanceof RunKind.Generate generate) {
      requireDecoder();
      ResolvedOptions options = resolved(generate.options());
      return new RunSettings(options.maxNewTokens(), options.useCache(), options);
    }
    return new RunSettings(1, false, null);
  }

  /** Another model than a decoder has nothing to continue a text with. */
  private void requireDecoder() {
    if (loaded.blueprint().kind() == ModelKind.ENCODER) {
      throw new OptionsException(
          "'%s' sees all of a text at once and does not continue it, so there is no generate(...); use trace(...), and read the logits at the mask's position"
              .formatted(loaded.blueprint().architecture()));
    }
  }

  private ResolvedOptions resolved(GenerateOptions options) {
    return OptionResolver.resolve(
        options, loaded.checkpoint(), loaded.blueprint().vocabularySize());
  }

  /**
   * Compiles a run for this checkpoint.
   *
   * @throws org.nnsight4j.error.PlanningException if it cannot run here
   */
  public PlannedRun plan(RequestedRun run) {
    RunSettings settings = settings(run.kind());
    return new PlannedRun(
        run, settings, Plan.of(run.graph(), loaded.blueprint(), settings.steps()));
  }

  /** The rows of a run as token ids. */
  public Batch batch(PlannedRun planned) {
    RequestedRun run = planned.run();
    return prompts().batch(run.graph().prompts(), run.lines(), planned.settings().steps());
  }

  /** Reads the prompts of runs. */
  public PromptReader prompts() {
    return new PromptReader(loaded.blueprint(), loaded::tokenizer);
  }

  /** Executes a planned run. */
  public Result run(PlannedRun planned, RunContext around) {
    // The first run loads a tokenizer and the engine's library, which take as long as each other.
    TorchOps.begin();
    return loaded.running(() -> run(planned, batch(planned), around));
  }

  /** Executes a planned run whose rows have been read. */
  public Result run(PlannedRun planned, Batch batch, RunContext around) {
    return loaded.running(
        () -> {
          Runner runner = loaded.runner();
          ResolvedOptions options = planned.settings().options();
          if (planned.run().kind() instanceof RunKind.Sweep sweep) {
            return loaded.told(runner.sweep(planned.plan(), batch, sweep.spec(), around), batch);
          }
          if (options == null) {
            RunKind.Trace trace = (RunKind.Trace) planned.run().kind();
            return loaded.told(
                runner.trace(new TraceRun(planned.plan(), batch, trace), around), batch);
          }
          LongFunction<byte[]> bytesOfToken =
              options.stopStrings().isEmpty() ? null : loaded.tokenizer()::bytes;
          return loaded.told(
              runner.generate(planned.plan(), batch, options, bytesOfToken, around), batch);
        });
  }
}
