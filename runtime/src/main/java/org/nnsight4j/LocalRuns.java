package org.nnsight4j;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.ResolvedOptions;
import org.nnsight4j.graph.Graph;
import org.nnsight4j.graph.Recording;
import org.nnsight4j.graph.RunCondition;
import org.nnsight4j.plan.Plan;
import org.nnsight4j.remote.RequestedRun;
import org.nnsight4j.run.Batch;
import org.nnsight4j.run.Result;
import org.nnsight4j.run.Surroundings;

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
        Result result = run(run, recording, around);
        if (around == Surroundings.NONE) {
          mirror(run, recording.graph(), result);
        }
        return result;
      }

      @Override
      public RequestedRun requested(Graph graph, @Nullable RunCondition when) {
        return run.requested(graph, when);
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

  private void mirror(Run run, Graph graph, Result result) {
    Mirror.check(loaded, () -> List.of(run.requested(graph, null)), List.of(Optional.of(result)));
  }

  /** Runs plans on inputs that were not recorded with them. */
  Prepared.Rerun again(Run run) {
    return (plan, inputs, lines) -> {
      Result result =
          loaded.running(
              () -> run.of(plan, prompts().batch(inputs, lines, run.steps()), Surroundings.NONE));
      mirror(run, plan.graph().with(inputs), result);
      return result;
    };
  }

  Run generating(GenerateOptions options) {
    Objects.requireNonNull(options, "options are null; GenerateOptions.defaults() has none set");
    ResolvedOptions resolved =
        options.resolve(loaded.checkpoint(), loaded.blueprint().vocabularySize());
    return new Run(resolved.maxNewTokens(), resolved.useCache()) {
      @Override
      RequestedRun requested(Graph graph, @Nullable RunCondition when) {
        return new RequestedRun(graph, true, options, false, when);
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
      RequestedRun requested(Graph graph, @Nullable RunCondition when) {
        return new RequestedRun(
            graph, false, GenerateOptions.defaults(), options.wholePass(), when);
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
