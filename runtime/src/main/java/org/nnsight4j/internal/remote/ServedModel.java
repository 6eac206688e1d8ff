package org.nnsight4j.internal.remote;

import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.remote.Job;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.remote.SubmitOptions;

/** A model on a server, and which local models were found to be the same. */
public final class ServedModel implements Remote {
  /** What was computed for the last run: a digest of all modules takes as long as sending one. */
  private record Known(Blueprint blueprint, ModelIdentity identity) {}

  private final RemoteServer server;
  private final String model;
  private final SubmitOptions submit;
  private final boolean waits;
  private final Set<String> checked;
  private volatile @Nullable Known known;

  private ServedModel(
      RemoteServer server, String model, SubmitOptions submit, boolean waits, Set<String> checked) {
    this.server = server;
    this.model = model;
    this.submit = submit;
    this.waits = waits;
    this.checked = checked;
  }

  /** The model with this name, for runs that wait. */
  public static ServedModel of(RemoteServer server, String model) {
    return new ServedModel(
        server, model, SubmitOptions.defaults(), true, ConcurrentHashMap.newKeySet());
  }

  @Override
  public Remote nonBlocking() {
    return new ServedModel(server, model, submit, false, checked);
  }

  @Override
  public Remote with(SubmitOptions options) {
    Objects.requireNonNull(options, "options are null; there is SubmitOptions.defaults()");
    return new ServedModel(server, model, options, waits, checked);
  }

  boolean waits() {
    return waits;
  }

  /**
   * Sends the runs of one request, if the server's model is the one that they were recorded for.
   */
  Job submit(List<RequestedRun> runs, Blueprint here) {
    ModelIdentity own = identity(here);
    check(own);
    byte[] request = new RunRequest(runs, own).toBytes();
    // Whoever generates wants to see tokens and progress at once.
    boolean passes = runs.stream().allMatch(run -> run.kind() instanceof RunKind.Trace);
    return waits && passes
        ? server.submitAndWait(model, request, submit)
        : server.submit(model, request, submit);
  }

  private ModelIdentity identity(Blueprint here) {
    Known last = known;
    if (last == null || last.blueprint != here) {
      last = new Known(here, ModelIdentity.of(here));
      known = last;
    }
    return last.identity;
  }

  private void check(ModelIdentity own) {
    if (checked.contains(own.tree())) {
      return;
    }
    ModelIdentity there = ModelIdentity.ofDescription(server.model(model).description());
    List<String> differences = own.differences(there);
    if (!differences.isEmpty()) {
      throw new RunException(
          "nothing was sent: the model '%s' of the %s is not the one that was opened here; %s"
              .formatted(model, server, String.join("; ", differences)));
    }
    checked.add(own.tree());
  }

  @Override
  public String toString() {
    return "model '%s' of the %s".formatted(model, server);
  }
}
