package org.nnsight4j;

import java.util.Objects;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.graph.Recording;
import org.nnsight4j.remote.Job;
import org.nnsight4j.run.Result;
import org.nnsight4j.run.Runner;

/** A run that happens at a server. */
final class RemoteRun implements Execution {
  private final Remote remote;
  private final Blueprint blueprint;
  private final boolean generates;
  private final GenerateOptions options;
  private final boolean wholePass;

  RemoteRun(
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

  boolean waits() {
    return remote.waits();
  }

  Job submit(Recording recording) {
    return remote.submit(recording.graph(), blueprint, generates, options, wholePass);
  }

  @Override
  public Result of(Recording recording, Runner.Earlier earlier) {
    return Remote.await(submit(recording));
  }
}
