package org.nnsight4j;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.graph.NotUserCode;
import org.nnsight4j.graph.Recording;
import org.nnsight4j.graph.SourceLine;
import org.nnsight4j.graph.UserFrames;
import org.nnsight4j.graph.Value;
import org.nnsight4j.run.Result;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Several runs of one model. A value recorded in one of them can be used in later ones as it is;
 * nothing needs to be saved for that. All run, in the order in which they were opened, when the
 * session closes. Belongs to one thread.
 *
 * @param <M> the descriptor
 */
@NotUserCode
public final class Session<M> implements AutoCloseable {
  private final LanguageModel<M> owner;
  private final List<Part<M>> parts = new ArrayList<>();
  private @Nullable Condition condition;
  private boolean closed;

  private record Part<M>(Generator<M> generator, @Nullable Condition condition) {}

  /** A truth value of an earlier run that decides whether a run happens. */
  private record Condition(int run, int save, String line) {}

  Session(LanguageModel<M> owner) {
    this.owner = owner;
  }

  /** Begins a run of one forward pass; it happens when the session closes. */
  public Generator<M> trace() {
    return trace(TraceOptions.defaults());
  }

  /** Begins a run of one forward pass; it happens when the session closes. */
  public Generator<M> trace(TraceOptions options) {
    return add(owner.runs().executing(owner.runs().tracing(options)));
  }

  /** Begins a run that generates tokens; it happens when the session closes. */
  public Generator<M> generate(GenerateOptions options) {
    return add(owner.runs().executing(owner.runs().generating(options)));
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
    condition = new Condition(run, truth.keep(), line.toString());
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
    Map<Integer, Result> results = new HashMap<>();
    for (int i = 0; i < parts.size(); i++) {
      Part<M> part = parts.get(i);
      try {
        if (happens(part, results)) {
          results.put(i, part.generator().run((run, save) -> kept(results, run, save)));
        } else {
          part.generator().abandon("the condition of when(...) was false");
        }
      } catch (RuntimeException | Error e) {
        abandon("an earlier run of the session failed: " + e.getMessage());
        throw e;
      }
    }
  }

  private boolean happens(Part<M> part, Map<Integer, Result> results) {
    Condition decides = part.condition();
    if (decides == null) {
      return true;
    }
    Tensor truth = kept(results, decides.run(), decides.save());
    if (truth.size() != 1) {
      throw new RunException(
          "when(...) needs one truth value, found %s (at %s)".formatted(truth, decides.line()));
    }
    return truth.at(0) != 0;
  }

  private Tensor kept(Map<Integer, Result> results, int run, int save) {
    Result result = results.get(run);
    Tensor tensor = result == null ? null : result.saved().getOrDefault(save, Map.of()).get(0);
    if (tensor == null) {
      throw new RunException(
          "a value of run %d of the session is needed, but it does not exist: %s"
              .formatted(run, result == null ? "that run did not happen" : result.reason(save)));
    }
    return tensor;
  }

  /** There will be no runs. */
  void abandon(String reason) {
    closed = true;
    parts.forEach(part -> part.generator().abandonIfOpen(reason));
  }
}
