package org.nnsight4j.internal.remote;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ThreadLocalRandom;
import java.util.function.Consumer;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.local.LocalRuns;
import org.nnsight4j.internal.local.RunSettings;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.remote.RemoteJob;

/** Runs happen on a server. */
public final class RemoteBackend implements Backend {
  private final Loaded loaded;
  private final ServedModel model;

  public RemoteBackend(Loaded loaded, Remote remote) {
    Objects.requireNonNull(remote, "remote is null; there is remote(server, model)");
    if (!(remote instanceof ServedModel served)) {
      throw new IllegalArgumentException(
          "expected what remote(server, model) gives, found " + remote.getClass());
    }
    this.loaded = loaded;
    this.model = served;
  }

  /** Whether closing a generator waits for its run. */
  public boolean waits() {
    return model.waits();
  }

  /** Adds a seed, so that each attempt draws the same tokens. */
  @Override
  public RunKind checked(RunKind kind) {
    return seeded(loaded, kind);
  }

  /** A kind of run with the seed for its random draws, if it samples. */
  public static RunKind seeded(Loaded loaded, RunKind kind) {
    RunSettings settings = new LocalRuns(loaded).settings(kind);
    if (!(kind instanceof RunKind.Generate generate)
        || settings.options() == null
        || !settings.options().doSample()
        || generate.options().asMap().containsKey("seed")) {
      return kind;
    }
    GenerateOptions drawn = generate.options().seed(ThreadLocalRandom.current().nextLong(1L << 53));
    return new RunKind.Generate(drawn);
  }

  @Override
  public void run(List<RequestedRun> runs, Completion completion) {
    submit(runs, completion, reason -> {}).await();
  }

  /**
   * Sends runs and does not wait.
   *
   * @param completion gets the results when a caller waits for them
   * @param fail told why there are none
   */
  public RemoteJob submit(List<RequestedRun> runs, Completion completion, Consumer<String> fail) {
    return new SentRuns(model.submit(runs, loaded.blueprint()), completion, fail);
  }

  @Override
  public Rerun prepare(RequestedRun run) {
    // The server plans it again, but a run that cannot work is refused before anything is sent.
    int steps = new LocalRuns(loaded).settings(run.kind()).steps();
    var unused = Plan.of(run.graph(), loaded.blueprint(), steps);
    return (inputs, tokens) -> {
      RequestedRun asked = inputs.of(run);
      List<Result> results = new ArrayList<>();
      run(
          List.of(asked),
          new Completion() {
            @Override
            public void over(int index, Optional<Result> result) {
              result.ifPresent(results::add);
            }

            @Override
            public TokenListener tokens(int index) {
              return tokens;
            }
          });
      return results.get(0);
    };
  }
}
