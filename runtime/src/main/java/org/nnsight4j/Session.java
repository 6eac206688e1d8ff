package org.nnsight4j;

import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.graph.RecordedValue;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.graph.Runs;
import org.nnsight4j.internal.remote.RemoteBackend;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.remote.RemoteJob;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.Value;

/**
 * Several runs of one model. Later runs can use a value recorded in an earlier one directly,
 * without saving it. All run when the session closes, in the order in which they were opened. A
 * session belongs to one thread.
 *
 * @param <M> the descriptor
 */
@NotUserCode
public final class Session<M> implements AutoCloseable {
  private static final String NOT_TRUE = "the condition of when(...) was false";

  private final LanguageModel<M> owner;
  private final List<Part<M>> parts = new ArrayList<>();
  private @Nullable RunCondition condition;
  private @Nullable RemoteJob job;
  private boolean closed;

  private record Part<M>(Generator<M> generator, @Nullable RunCondition condition) {}

  Session(LanguageModel<M> owner) {
    this.owner = owner;
  }

  /** Begins a run of one forward pass; it happens when the session closes. */
  public Generator<M> trace() {
    return trace(TraceOptions.defaults());
  }

  /** Begins a run of one forward pass; it happens when the session closes. */
  public Generator<M> trace(TraceOptions options) {
    Objects.requireNonNull(options, "options are null; there is TraceOptions.defaults()");
    return add(new RunKind.Trace(options.wholePass(), options.maxBytes()));
  }

  /** Begins a run that generates tokens; it happens when the session closes. */
  public Generator<M> generate(GenerateOptions options) {
    Objects.requireNonNull(options, "options are null; GenerateOptions.defaults() has none set");
    return add(new RunKind.Generate(options));
  }

  /**
   * Makes the runs that the body opens depend on a truth value of one element from an earlier run
   * of this session.
   */
  public void when(Value<?> truth, Runnable body) {
    if (condition != null) {
      throw new RunException("when(...) cannot be inside another, opened at " + condition.line());
    }
    RecordedValue<?> decides = RecordedValue.of(truth);
    int run = index(decides.recording());
    if (run < 0) {
      throw new RunException(
          Location.at(UserFrames.here()),
          "when(...) needs a value of an earlier run of this session");
    }
    SourceLine line = UserFrames.here();
    if (truth.dtype() != DType.BOOL) {
      throw new RecordingException(
          Location.at(line),
          "when(...) needs a truth value, found %s; compare it first, as in value.gt(0)"
              .formatted(truth.dtype()));
    }
    condition = new RunCondition(run, decides.keep(), line);
    List<Recording> before = parts.stream().map(part -> part.generator().recording()).toList();
    before.forEach(recording -> recording.suspend(line));
    try {
      body.run();
    } finally {
      condition = null;
      before.forEach(recording -> recording.suspend(null));
    }
  }

  private Generator<M> add(RunKind kind) {
    owner.checkOpen();
    if (closed) {
      throw new RunException("this session was closed before; open another one");
    }
    Generator<M> generator = owner.begin(kind, this);
    parts.add(new Part<>(generator, condition));
    return generator;
  }

  /** The runs before and after one. */
  Runs around(Generator<M> generator) {
    return new Runs() {
      @Override
      public int before(Recording other) {
        int place = index(other);
        int own = index(generator.recording());
        return place >= 0 && (own < 0 || place < own) ? place : -1;
      }

      @Override
      public List<Recording> after() {
        int own = index(generator.recording());
        return own < 0
            ? List.of()
            : parts.subList(own + 1, parts.size()).stream()
                .map(part -> part.generator().recording())
                .toList();
      }
    };
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
   * Runs everything in order. If one run fails, those after it do not happen.
   *
   * @throws RunException if it was closed before, or if a run fails
   */
  @Override
  public void close() {
    if (closed) {
      throw new RunException("this session was closed before; close it once, or by try(...) alone");
    }
    closed = true;
    if (parts.isEmpty()) {
      return;
    }
    if (owner.backend() instanceof RemoteBackend remote) {
      send(remote);
    } else {
      runHere();
    }
  }

  private void runHere() {
    try {
      parts.forEach(part -> part.generator().closeForSession("the run has begun"));
      owner.backend().run(requested(), completion());
    } catch (RuntimeException | Error e) {
      abandon("an earlier run of the session failed: " + e.getMessage());
      throw e;
    }
  }

  private List<RequestedRun> requested() {
    return parts.stream().map(part -> part.generator().requested(part.condition())).toList();
  }

  /** All runs are one job; if one fails, none has a result. */
  private void send(RemoteBackend remote) {
    try {
      parts.forEach(part -> part.generator().closeForSession("the session has been sent"));
      job =
          remote.submit(
              requested(),
              completion(),
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

  private Backend.Completion completion() {
    return new Backend.Completion() {
      @Override
      public void over(int run, Optional<Result> result) {
        Generator<M> generator = parts.get(run).generator();
        result.ifPresentOrElse(generator::complete, () -> generator.abandon(NOT_TRUE));
      }

      @Override
      public TokenListener tokens(int run) {
        return parts.get(run).generator().tokens();
      }
    };
  }

  /**
   * The job of a session on a server, once the session is closed.
   *
   * @throws RunException if none was sent
   */
  public RemoteJob job() {
    if (job == null) {
      throw new RunException(
          "no session was sent: a job is of a session of model.at(remote(server, name)), after it was closed");
    }
    return job;
  }

  /** Cancels all runs. */
  void abandon(String reason) {
    closed = true;
    parts.forEach(part -> part.generator().abandonIfOpen(reason));
  }
}
