package org.nnsight4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.local.Execution;
import org.nnsight4j.internal.local.Mirror;
import org.nnsight4j.internal.remote.RemoteRun;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.run.RunSequence;
import org.nnsight4j.internal.run.Surroundings;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.remote.RemoteJob;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * Several runs of one model. A value recorded in one of them can be used in later ones as it is;
 * nothing needs to be saved for that. All run, in the order in which they were opened, when the
 * session closes. Belongs to one thread.
 *
 * @param <M> the descriptor
 */
@NotUserCode
public final class Session<M> implements AutoCloseable {
  private static final String NOT_TRUE = "the condition of when(...) was false";

  private final LanguageModel<M> owner;
  private final @Nullable Remote remote;
  private final List<Part<M>> parts = new ArrayList<>();
  private @Nullable RunCondition condition;
  private @Nullable RemoteJob job;
  private boolean closed;

  private record Part<M>(Generator<M> generator, @Nullable RunCondition condition) {}

  Session(LanguageModel<M> owner, @Nullable Remote remote) {
    this.owner = owner;
    this.remote = remote;
  }

  /** Begins a run of one forward pass; it happens when the session closes. */
  public Generator<M> trace() {
    return trace(TraceOptions.defaults());
  }

  /** Begins a run of one forward pass; it happens when the session closes. */
  public Generator<M> trace(TraceOptions options) {
    return add(
        remote == null
            ? owner.runs().executing(owner.runs().tracing(options))
            : RemoteRun.tracing(owner.loaded(), options, remote));
  }

  /** Begins a run that generates tokens; it happens when the session closes. */
  public Generator<M> generate(GenerateOptions options) {
    return add(
        remote == null
            ? owner.runs().executing(owner.runs().generating(options))
            : RemoteRun.generating(owner.loaded(), options, remote));
  }

  /**
   * The runs that are opened in the body happen only if a truth value of an earlier run of this
   * session, of one element, is true.
   */
  public void when(Value<?> truth, Runnable body) {
    if (condition != null) {
      throw new RunException(
          "when(...) cannot be inside of another, opened at " + condition.line());
    }
    int run = index(truth.recording());
    if (run < 0) {
      throw new RunException(
          "when(...) needs a value of an earlier run of this session (at %s)"
              .formatted(UserFrames.here()));
    }
    SourceLine line = UserFrames.here();
    if (truth.dtype() != DType.BOOL) {
      throw new RecordingException(
          "when(...) needs a truth value, found %s; compare it first, as in value.gt(0) (at %s)"
              .formatted(truth.dtype(), line));
    }
    condition = new RunCondition(run, truth.keep(), line);
    List<Recording> before = parts.stream().map(part -> part.generator().recording()).toList();
    before.forEach(recording -> recording.suspend(line));
    try {
      body.run();
    } finally {
      condition = null;
      before.forEach(recording -> recording.suspend(null));
    }
  }

  private Generator<M> add(Execution run) {
    owner.checkOpen();
    if (closed) {
      throw new RunException("this session was closed before; open another one");
    }
    Generator<M> generator = new Generator<>(owner, owner.root(), run, this).edited();
    parts.add(new Part<>(generator, condition));
    return generator;
  }

  /** The number of a run if it comes before another, or -1. */
  int before(Generator<M> generator, Recording other) {
    int place = index(other);
    int own = index(generator.recording());
    return place >= 0 && (own < 0 || place < own) ? place : -1;
  }

  private int index(Recording recording) {
    for (int i = 0; i < parts.size(); i++) {
      if (parts.get(i).generator().recording() == recording) {
        return i;
      }
    }
    return -1;
  }

  /**
   * Runs all parts in order. If one fails, those after it do not happen.
   *
   * @throws RunException if it was closed before, or if a run fails
   */
  @Override
  public void close() {
    if (closed) {
      throw new RunException("this session was closed before; close it once, or by try(...) alone");
    }
    closed = true;
    if (remote != null) {
      send(remote);
    } else {
      runHere();
    }
  }

  private void runHere() {
    RunSequence sequence = new RunSequence();
    Surroundings around =
        new Surroundings() {
          @Override
          public Tensor earlier(int run, int save) {
            return sequence.kept(run, save);
          }
        };
    List<Optional<Result>> results = new ArrayList<>();
    for (int i = 0; i < parts.size(); i++) {
      Part<M> part = parts.get(i);
      try {
        if (sequence.happens(part.condition())) {
          Result result = part.generator().run(around);
          sequence.add(i, result);
          results.add(Optional.of(result));
        } else {
          part.generator().abandon(NOT_TRUE);
          results.add(Optional.empty());
        }
      } catch (RuntimeException | Error e) {
        abandon("an earlier run of the session failed: " + e.getMessage());
        throw e;
      }
    }
    Mirror.check(owner.loaded(), this::requested, results);
  }

  private List<RequestedRun> requested() {
    return parts.stream().map(part -> part.generator().requested(part.condition())).toList();
  }

  /** All runs are one job: if one fails, none has a result. */
  private void send(Remote remote) {
    if (parts.isEmpty()) {
      return;
    }
    try {
      parts.forEach(part -> part.generator().closeForSession());
      job =
          new RemoteJob(
              remote.submit(requested(), owner.blueprint()),
              this::complete,
              reason -> parts.forEach(part -> part.generator().abandon(reason)));
      parts.forEach(
          part ->
              part.generator().sent("the session is at the server; wait for it by job().await()"));
    } catch (RuntimeException | Error e) {
      abandon("the session was not sent: " + e.getMessage());
      throw e;
    }
    if (remote.waits()) {
      job.await();
    }
  }

  private void complete(List<Optional<Result>> results) {
    for (int i = 0; i < parts.size(); i++) {
      Generator<M> generator = parts.get(i).generator();
      results.get(i).ifPresentOrElse(generator::complete, () -> generator.abandon(NOT_TRUE));
    }
  }

  /**
   * The job of a session at a server, after the session was closed.
   *
   * @throws RunException if none was sent
   */
  public RemoteJob job() {
    if (job == null) {
      throw new RunException(
          "no session was sent: a job is of session(remote(...)), after it was closed");
    }
    return job;
  }

  /** There will be no runs. */
  void abandon(String reason) {
    closed = true;
    parts.forEach(part -> part.generator().abandonIfOpen(reason));
  }
}
