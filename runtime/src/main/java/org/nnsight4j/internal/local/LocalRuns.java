package org.nnsight4j.internal.local;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Prepared;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.internal.run.Surroundings;

/** Plans recordings and runs them in this process, on a model that is loaded when needed. */
final class LocalRuns {
  private final Loaded loaded;

  LocalRuns(Loaded loaded) {
    this.loaded = loaded;
  }

  /** Plans a recording and runs it. */
  Execution executing(Run run) {
    return new Execution() {
      @Override
      public Result of(Recording recording, Surroundings around) {
        if (around != Surroundings.NONE) {
          return run(run, recording, around);
        }
        return mirrored(
            run, recording.graph(), recording.promptLines(), () -> run(run, recording, around));
      }

      @Override
      public RequestedRun requested(Recording recording, @Nullable RunCondition when) {
        return run.requested(recording.graph(), recording.promptLines(), when);
      }
    };
  }

  private Result run(Run run, Recording recording, Surroundings around) {
    Graph graph = recording.graph();
    Plan plan = Plan.of(graph, loaded.blueprint(), run.steps());
    return loaded.running(
        () -> {
          Batch batch = prompts().batch(recording.prompts(), recording.promptLines(), run.steps());
          return RoundTrip.checked(
              graph,
              plan,
              again -> Plan.of(again, loaded.blueprint(), run.steps()),
              each -> run.of(each, batch, around));
        });
  }

  private Result mirrored(Run run, Graph graph, List<SourceLine> lines, Supplier<Result> here) {
    Supplier<RequestedRun> requested = () -> run.requested(graph, lines, null);
    Result result;
    try {
      result = here.get();
    } catch (PlanningException | RunException e) {
      Mirror.checkFailure(loaded, requested, e);
      throw e;
    }
    Mirror.check(loaded, () -> List.of(requested.get()), List.of(Optional.of(result)));
    return result;
  }

  /** Runs plans on inputs that were not recorded with them. */
  Prepared.Rerun again(Run run) {
    return (plan, inputs, lines) ->
        mirrored(
            run,
            plan.graph().with(inputs),
            lines,
            () ->
                loaded.running(
                    () ->
                        run.of(
                            plan, prompts().batch(inputs, lines, run.steps()), Surroundings.NONE)));
  }

  Run generating(GenerateOptions options) {
    Objects.requireNonNull(options, "options are null; GenerateOptions.defaults() has none set");
    ResolvedOptions resolved =
        options.resolve(loaded.checkpoint(), loaded.blueprint().vocabularySize());
    return new Run(resolved.maxNewTokens(), resolved.useCache()) {
      @Override
      RequestedRun requested(Graph graph, List<SourceLine> lines, @Nullable RunCondition when) {
        return new RequestedRun(graph, lines, true, options, false, when);
      }

      @Override
      Result of(Plan plan, Batch batch, Surroundings around) {
        Function<long[], String> detokenize =
            resolved.stopStrings().isEmpty() ? null : loaded.tokenizer()::decode;
        return loaded.runner().generate(plan, batch, resolved, detokenize, around);
      }
    };
  }

  Run tracing(TraceOptions options) {
    Objects.requireNonNull(options, "options are null; there is TraceOptions.defaults()");
    return new Run(1, false) {
      @Override
      RequestedRun requested(Graph graph, List<SourceLine> lines, @Nullable RunCondition when) {
        return new RequestedRun(
            graph, lines, false, GenerateOptions.defaults(), options.wholePass(), when);
      }

      @Override
      Result of(Plan plan, Batch batch, Surroundings around) {
        return loaded.runner().trace(plan, batch, options.wholePass(), around);
      }
    };
  }

  PromptReader prompts() {
    return new PromptReader(loaded.blueprint(), loaded::tokenizer);
  }
}
