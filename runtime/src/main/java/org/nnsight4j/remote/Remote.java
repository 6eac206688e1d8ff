package org.nnsight4j.remote;

import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ThreadLocalRandom;
import org.nnsight4j.Generator;
import org.nnsight4j.Options;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.local.Loaded;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;

/**
 * Where runs happen instead of here: a model of a server. Made by {@link Options#remote}.
 * Immutable, but for what it has checked.
 */
public final class Remote {
  private final RemoteServer server;
  private final String model;
  private final SubmitOptions submit;
  private final boolean waits;
  private final Set<String> checked;

  private Remote(
      RemoteServer server, String model, SubmitOptions submit, boolean waits, Set<String> checked) {
    this.server = server;
    this.model = model;
    this.submit = submit;
    this.waits = waits;
    this.checked = checked;
  }

  static Remote of(RemoteServer server, String model) {
    return new Remote(server, model, SubmitOptions.defaults(), true, ConcurrentHashMap.newKeySet());
  }

  /** Closing a generator sends its run and does not wait; see {@link Generator#job()}. */
  public Remote nonBlocking() {
    return new Remote(server, model, submit, false, checked);
  }

  /** With another priority, time limit or idempotency key; without one, each run has its own. */
  public Remote with(SubmitOptions options) {
    Objects.requireNonNull(options, "options are null; there is SubmitOptions.defaults()");
    return new Remote(server, model, options, waits, checked);
  }

  boolean waits() {
    return waits;
  }

  /**
   * Refuses a model of the server that is not the one that was recorded for.
   *
   * @throws RunException that says in what they differ
   */
  private void check(Blueprint here) {
    ModelIdentity own = ModelIdentity.of(here);
    if (checked.contains(own.tree())) {
      return;
    }
    List<String> differences = own.differences(server.model(model).identity());
    if (!differences.isEmpty()) {
      throw new RunException(
          "nothing was sent: the model '%s' of the %s is not the one that was opened here; %s"
              .formatted(model, server, String.join("; ", differences)));
    }
    checked.add(own.tree());
  }

  /** Sends the runs of one request. */
  Job submit(List<RequestedRun> runs, Blueprint blueprint) {
    check(blueprint);
    RunRequest request = new RunRequest(runs, ModelIdentity.of(blueprint));
    return server.submit(model, request.toBytes(), submit);
  }

  /** The same tokens in each attempt: what is drawn depends on the seed alone. */
  static GenerateOptions seeded(Loaded loaded, GenerateOptions options) {
    int vocabulary = loaded.blueprint().vocabularySize();
    boolean samples = options.resolve(loaded.checkpoint(), vocabulary).doSample();
    return samples && !options.asMap().containsKey("seed")
        ? options.seed(ThreadLocalRandom.current().nextLong(1L << 53))
        : options;
  }

  static List<Optional<Result>> await(Job job) {
    return job.awaitFile(ResultFile::read);
  }

  @Override
  public String toString() {
    return "model '%s' of the %s".formatted(model, server);
  }
}
