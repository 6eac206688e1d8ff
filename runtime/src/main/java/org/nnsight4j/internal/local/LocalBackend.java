package org.nnsight4j.internal.local;

import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.function.Supplier;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.run.RunContext;
import org.nnsight4j.internal.run.RunSequence;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Tensor;

/** Runs happen in this process. */
public final class LocalBackend implements Backend {
  private static final List<RunObserver> OBSERVERS =
      ServiceLoader.load(RunObserver.class, RunObserver.class.getClassLoader()).stream()
          .map(ServiceLoader.Provider::get)
          .toList();

  private final Loaded loaded;
  private final LocalRuns runs;

  public LocalBackend(Loaded loaded) {
    this.loaded = loaded;
    this.runs = new LocalRuns(loaded);
  }

  @Override
  public RunKind checked(RunKind kind) {
    var unused = runs.settings(kind);
    return kind;
  }

  @Override
  public void run(List<RequestedRun> requested, Completion completion) {
    var unused =
        observed(
            requested,
            () ->
                RunSequence.run(
                    requested,
                    (run, around) -> runs.run(runs.plan(requested.get(run)), around),
                    completion,
                    completion::passing));
  }

  @Override
  public Rerun prepare(RequestedRun run) {
    PlannedRun planned = runs.plan(run);
    return (inputs, tokens) -> {
      RequestedRun asked = inputs.of(run);
      PlannedRun again = new PlannedRun(asked, planned.settings(), planned.plan());
      RunContext heard =
          new RunContext() {
            @Override
            public TokenListener tokens() {
              return tokens;
            }

            @Override
            public Tensor constant(Node.Constant node) {
              return inputs.tensors().getOrDefault(node.id(), node.tensor());
            }
          };
      return observed(List.of(asked), () -> List.of(Optional.of(runs.run(again, heard))))
          .get(0)
          .orElseThrow();
    };
  }

  private List<Optional<Result>> observed(
      List<RequestedRun> requested, Supplier<List<Optional<Result>>> run) {
    List<Optional<Result>> results;
    try {
      results = run.get();
    } catch (PlanningException | RunException e) {
      if (requested.size() == 1 && !loaded.isClosed()) {
        OBSERVERS.forEach(observer -> observer.failed(where(), requested.get(0), e));
      }
      throw UserFrames.trimmed(e);
    }
    OBSERVERS.forEach(observer -> observer.ran(where(), requested, results));
    return results;
  }

  private RunObserver.Where where() {
    return new RunObserver.Where(
        loaded.blueprint(), loaded.checkpoint().directory(), loaded.settings());
  }
}
