package org.nnsight4j.internal.remote;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Prepared;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.local.Execution;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.run.Surroundings;
import org.nnsight4j.remote.Job;
import org.nnsight4j.remote.Remote;

/** A run that happens at a server. */
final class RemoteRun implements Execution {
  private final Remote remote;
  private final Blueprint blueprint;
  private final boolean generates;
  private final GenerateOptions options;
  private final boolean wholePass;

  private RemoteRun(
      Remote remote,
      Blueprint blueprint,
      boolean generates,
      GenerateOptions options,
      boolean wholePass) {
    this.remote = Objects.requireNonNull(remote, "remote is null; there is remote(server, model)");
    this.blueprint = blueprint;
    this.generates = generates;
    this.options = options;
    this.wholePass = wholePass;
  }

  static RemoteRun generating(Loaded loaded, GenerateOptions options, Remote remote) {
    Objects.requireNonNull(options, "options are null; GenerateOptions.defaults() has none set");
    Blueprint blueprint = loaded.blueprint();
    return new RemoteRun(remote, blueprint, true, Remote.seeded(loaded, options), false);
  }

  static RemoteRun tracing(Loaded loaded, TraceOptions options, Remote remote) {
    Objects.requireNonNull(options, "options are null; there is TraceOptions.defaults()");
    GenerateOptions none = GenerateOptions.defaults();
    return new RemoteRun(remote, loaded.blueprint(), false, none, options.wholePass());
  }

  boolean waits() {
    return remote.waits();
  }

  @Override
  public RequestedRun requested(Recording recording, @Nullable RunCondition when) {
    return requested(recording.graph(), recording.promptLines(), when);
  }

  private RequestedRun requested(Graph graph, List<SourceLine> lines, @Nullable RunCondition when) {
    return new RequestedRun(graph, lines, generates, options, wholePass, when);
  }

  Job submit(Recording recording) {
    return remote.submit(List.of(requested(recording, null)), blueprint);
  }

  /** Runs plans on inputs that were not recorded with them. */
  Prepared.Rerun again() {
    return (plan, inputs, lines) -> {
      RequestedRun run = requested(plan.graph().with(inputs), lines, null);
      return only(Remote.await(remote.submit(List.of(run), blueprint)));
    };
  }

  @Override
  public Result of(Recording recording, Surroundings around) {
    return only(Remote.await(submit(recording)));
  }

  /** The result of a request of one run. */
  static Result only(List<Optional<Result>> results) {
    return results.get(0).orElseThrow(() -> new IllegalStateException("a run without a result"));
  }
}
