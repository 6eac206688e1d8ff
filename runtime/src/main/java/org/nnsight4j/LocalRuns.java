package org.nnsight4j;

import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.ResolvedOptions;
import org.nnsight4j.graph.Graph;
import org.nnsight4j.graph.Prompt;
import org.nnsight4j.graph.SourceLine;
import org.nnsight4j.plan.Plan;
import org.nnsight4j.run.Batch;
import org.nnsight4j.run.Result;
import org.nnsight4j.run.Runner;

/** Plans recordings and runs them in this process, on a model that is loaded when needed. */
final class LocalRuns {
  private final Loaded loaded;

  LocalRuns(Loaded loaded) {
    this.loaded = loaded;
  }

  /** Plans a recording and runs it. */
  Execution executing(Run run) {
    return (recording, earlier) -> {
      Graph graph = recording.graph();
      Plan plan = Plan.of(graph, loaded.blueprint(), run.steps());
      return loaded.running(
          () -> {
            Batch batch =
                prompts().batch(recording.prompts(), recording.promptLines(), run.steps());
            return RoundTrip.checked(
                graph,
                plan,
                again -> Plan.of(again, loaded.blueprint(), run.steps()),
                each -> run.of(each, batch, earlier));
          });
    };
  }

  /** Runs a plan on inputs that were not recorded with it. */
  Result execute(Run run, Plan plan, List<Prompt> inputs, List<SourceLine> lines) {
    return loaded.running(
        () -> run.of(plan, prompts().batch(inputs, lines, run.steps()), Runner.Earlier.NONE));
  }

  Run generating(GenerateOptions options) {
    Objects.requireNonNull(options, "options are null; GenerateOptions.defaults() has none set");
    ResolvedOptions resolved =
        options.resolve(loaded.checkpoint(), loaded.blueprint().vocabularySize());
    return new Run(resolved.maxNewTokens(), resolved.useCache()) {
      @Override
      Result of(Plan plan, Batch batch, Runner.Earlier earlier) {
        Function<long[], String> detokenize =
            resolved.stopStrings().isEmpty() ? null : loaded.tokenizer()::decode;
        return loaded.runner().generate(plan, batch, resolved, detokenize, earlier);
      }
    };
  }

  Run tracing(TraceOptions options) {
    Objects.requireNonNull(options, "options are null; there is TraceOptions.defaults()");
    return new Run(1, false) {
      @Override
      Result of(Plan plan, Batch batch, Runner.Earlier earlier) {
        return loaded.runner().trace(plan, batch, options.wholePass(), earlier);
      }
    };
  }

  PromptReader prompts() {
    return new PromptReader(loaded.blueprint(), loaded::tokenizer);
  }
}
