package org.nnsight4j;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Model;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.graph.NotUserCode;
import org.nnsight4j.graph.Prompt;
import org.nnsight4j.graph.Recording;
import org.nnsight4j.graph.SourceLine;
import org.nnsight4j.graph.UserFrames;
import org.nnsight4j.record.InvokerScope;
import org.nnsight4j.run.Receipt;
import org.nnsight4j.run.Result;

/**
 * The context of one run: collects inputs and what is recorded on them, and runs when it closes.
 * Belongs to one thread; several generators of one model can be open on several threads.
 *
 * <p>If recording fails, the run does not happen.
 *
 * @param <M> the descriptor
 */
@NotUserCode
public final class Generator<M> implements AutoCloseable {
  private final LanguageModel<M> owner;
  private final Model<M> root;
  private final Recording recording;
  private final Function<Recording, Result> run;
  private @Nullable Result result;
  private @Nullable String absent;
  private @Nullable SourceLine closedAt;

  Generator(LanguageModel<M> owner, Model<M> root, Function<Recording, Result> run) {
    this.owner = owner;
    this.root = root;
    this.run = run;
    this.recording = new Recording(owner.blueprint().architecture(), owner.blueprint().widths());
  }

  /** Adds one text. */
  public Invoker<M> invoke(String text) {
    return invoke(Collections.singletonList(text));
  }

  /** Adds several texts; they may differ in length. */
  public Invoker<M> invoke(List<String> texts) {
    if (texts == null || texts.stream().anyMatch(Objects::isNull)) {
      throw fail("the prompt is null");
    }
    if (texts.isEmpty() || texts.stream().anyMatch(String::isEmpty)) {
      throw fail("the prompt is empty; a run needs at least one token in every row");
    }
    owner.requireTokenizer();
    return invoke(new Prompt.Texts(texts));
  }

  /** Adds one sequence of token ids. */
  public Invoker<M> invoke(long[] ids) {
    return invoke(new long[][] {ids});
  }

  /** Adds one sequence of token ids. */
  public Invoker<M> invoke(int[] ids) {
    if (ids == null) {
      throw fail("the ids are null");
    }
    return invoke(Arrays.stream(ids).asLongStream().toArray());
  }

  /** Adds a batch of token ids; rows may differ in length, and are not padded by the caller. */
  public Invoker<M> invoke(long[][] ids) {
    if (ids == null || Arrays.stream(ids).anyMatch(Objects::isNull)) {
      throw fail("the ids are null");
    }
    if (ids.length == 0) {
      throw fail("the batch of ids has no rows");
    }
    for (int row = 0; row < ids.length; row++) {
      checkIds(row, ids[row]);
    }
    return invoke(new Prompt.Ids(Arrays.asList(ids)));
  }

  /** {@link #invoke(String)} with the recording as a body; gives what the body gives. */
  public <R> R invoke(String text, Function<Invoker<M>, R> body) {
    return record(invoke(text), body);
  }

  /** {@link #invoke(List)} with the recording as a body; gives what the body gives. */
  public <R> R invoke(List<String> texts, Function<Invoker<M>, R> body) {
    return record(invoke(texts), body);
  }

  /** {@link #invoke(long[])} with the recording as a body; gives what the body gives. */
  public <R> R invoke(long[] ids, Function<Invoker<M>, R> body) {
    return record(invoke(ids), body);
  }

  /** {@link #invoke(long[][])} with the recording as a body; gives what the body gives. */
  public <R> R invoke(long[][] ids, Function<Invoker<M>, R> body) {
    return record(invoke(ids), body);
  }

  /**
   * Runs now; {@link #close()} does not run again.
   *
   * @throws RunException if it ran before, or if the run fails
   */
  public void run() {
    if (result != null || absent != null) {
      throw new RunException("this generator ran before; open another one for another run");
    }
    Nnsight4jException failure = recording.failure();
    if (failure != null) {
      throw new RunException(
          "nothing was run, because recording failed: " + failure.getMessage(), failure);
    }
    if (recording.prompts().isEmpty()) {
      abandon("there was no input; call invoke(...) first");
      throw new RunException("there is nothing to run: call invoke(...) on the generator first");
    }
    recording.close("the run has begun");
    try {
      Result done = run.apply(recording);
      result = done;
      recording.complete(done.saved()::get);
    } catch (RuntimeException | Error e) {
      abandon("the run failed: " + e.getMessage());
      throw e;
    }
  }

  /** The generated ids and texts of every row, after the run. */
  public Output output() {
    Result done = finished();
    if (done.generated() == null) {
      throw new RunException(
          "a trace is one forward pass and generates nothing; use generate(...)");
    }
    return owner.output(done.generated());
  }

  /** What really happened in the run: which reads and writes fired, shapes, changes, warnings. */
  public Receipt receipt() {
    return finished().receipt();
  }

  /**
   * Runs, unless {@link #run()} did or recording failed.
   *
   * @throws RunException if it was closed before
   */
  @Override
  public void close() {
    if (closedAt != null) {
      throw new RunException(
          "this generator was closed before, at %s; close it once, or by try(...) alone"
              .formatted(closedAt));
    }
    closedAt = UserFrames.here();
    Nnsight4jException failure = recording.failure();
    if (failure != null) {
      abandon("recording failed: " + failure.getMessage());
    } else if (result == null && absent == null) {
      run();
    }
  }

  /** The body of a lambda form ended normally. */
  void finish() {
    Nnsight4jException failure = recording.failure();
    if (failure != null) {
      abandon("recording failed: " + failure.getMessage());
      throw failure;
    }
    close();
  }

  /** The body of a lambda form failed: there will be no run. */
  void abandon(String reason) {
    absent = reason;
    recording.close(reason);
    recording.absent(reason);
  }

  private Result finished() {
    if (result == null) {
      throw new RunException(
          absent == null
              ? "the run has not happened yet; it happens when the generator closes"
              : "there is no result: " + absent);
    }
    return result;
  }

  private Invoker<M> invoke(Prompt prompt) {
    InvokerScope scope =
        new InvokerScope(owner.blueprint(), recording, recording.invoker(prompt), prompt);
    return new Invoker<>(root.bind(scope), scope);
  }

  private <R> R record(Invoker<M> invoker, Function<Invoker<M>, R> body) {
    SourceLine line = UserFrames.here();
    boolean complete = false;
    try {
      R recorded = body.apply(invoker);
      complete = true;
      return recorded;
    } finally {
      // A body that failed leaves half of an intervention, which must not run even if it is caught.
      if (!complete) {
        recording.fail("the body of an invoker failed, so its recording is not complete", line);
      }
      invoker.close();
    }
  }

  private void checkIds(int row, long[] ids) {
    int vocabulary = owner.blueprint().vocabularySize();
    int positions = owner.blueprint().maxPositions();
    if (ids.length == 0) {
      throw fail("row %d of the prompt is empty; a run needs at least one token".formatted(row));
    }
    if (ids.length > positions) {
      throw fail(
          "row %d has %d tokens, this model has %d positions"
              .formatted(row, ids.length, positions));
    }
    for (int i = 0; i < ids.length; i++) {
      if (ids[i] < 0 || ids[i] >= vocabulary) {
        throw fail(
            "token %d of row %d is %d, outside of the vocabulary: 0 to %d"
                .formatted(i, row, ids[i], vocabulary - 1));
      }
    }
  }

  private RecordingException fail(String message) {
    return recording.fail(message, UserFrames.here());
  }
}
