package org.nnsight4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Model;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.internal.decode.TokenListener;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.graph.Runs;
import org.nnsight4j.internal.local.PromptChecks;
import org.nnsight4j.internal.record.InvokerScope;
import org.nnsight4j.internal.record.PromptLengths;
import org.nnsight4j.internal.record.SiteShapes;
import org.nnsight4j.internal.remote.RemoteBackend;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.remote.RemoteJob;
import org.nnsight4j.tokenizer.ChatOptions;
import org.nnsight4j.tokenizer.Message;
import org.nnsight4j.tokenizer.TextPair;
import org.nnsight4j.values.Receipt;

/**
 * The context of one run: it collects inputs and what is recorded on them, and runs when it closes.
 * A generator belongs to one thread; several generators of one model can be open on several
 * threads.
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
  private final RunKind kind;
  private final @Nullable Session<M> session;
  private final SiteShapes shapes;
  private final PromptChecks checks;
  private @Nullable Result result;
  private @Nullable String absent;
  private @Nullable SourceLine closedAt;
  private @Nullable RemoteJob job;
  private @Nullable String pending;
  private @Nullable Consumer<GeneratedPiece> listener;
  private @Nullable GenerationStream<Output> stream;

  Generator(LanguageModel<M> owner, Model<M> root, RunKind kind, @Nullable Session<M> session) {
    this.owner = owner;
    this.root = root;
    this.kind = kind;
    this.session = session;
    Blueprint blueprint = owner.blueprint();
    this.recording =
        new Recording(
            blueprint.architecture(),
            blueprint.widths(),
            blueprint::order,
            session == null ? Runs.NONE : session.around(this));
    this.shapes = new SiteShapes(blueprint, new PromptLengths(recording::prompts));
    this.checks =
        new PromptChecks(blueprint, message -> recording.fail(message, UserFrames.here()));
  }

  /** Puts the edits of the model in front of the recording. */
  Generator<M> edited() {
    for (Edit edit : owner.edits()) {
      edit.graphs().forEach(graph -> recording.names().prepend(graph, shapes));
    }
    return this;
  }

  /** Records an edit: one invoker that sees all rows, at each step. */
  static <M> Edit edit(LanguageModel<M> owner, Model<M> root, Consumer<Invoker<M>> body) {
    // It never runs, so its kind does not matter.
    Generator<M> generator = new Generator<>(owner, root, new RunKind.Trace(false), null);
    Invoker<M> invoker = generator.invoke();
    invoker.allSteps().forEach(model -> body.accept(invoker));
    invoker.close();
    Nnsight4jException failure = generator.recording.failure();
    if (failure != null) {
      throw failure;
    }
    return Edit.of(generator.recording.graph());
  }

  /**
   * Adds an invoker without rows of its own: it sees the rows of all invokers, padded to the
   * longest row (nnsight's empty invoke).
   */
  public Invoker<M> invoke() {
    return invoke(new Prompt.Whole());
  }

  /**
   * Adds an input that is given later, each time the recording runs; see {@link
   * LanguageModel#prepare}.
   */
  public Invoker<M> input() {
    return invoke(new Prompt.Open());
  }

  /** Adds one text. */
  public Invoker<M> invoke(String text) {
    return invoke(Collections.singletonList(text));
  }

  /** Adds several texts as rows; they may differ in length. */
  public Invoker<M> invoke(List<String> texts) {
    Prompt prompt = checks.texts(texts);
    owner.requireTokenizer();
    return invoke(prompt);
  }

  /**
   * Adds a pair of texts as one row, like Hugging Face's {@code tokenizer(text, text_pair)}; for
   * models whose tokens have types, such as BERT.
   */
  public Invoker<M> invoke(TextPair pair) {
    return invokePairs(Collections.singletonList(pair));
  }

  /** Adds several pairs of texts, one row each; they may differ in length. */
  public Invoker<M> invokePairs(List<TextPair> pairs) {
    Prompt prompt = checks.pairs(pairs);
    owner.requireTokenizer();
    return invoke(prompt);
  }

  /** {@link #invoke(TextPair)} with a body that returns nothing. */
  public void invoke(TextPair pair, Consumer<Invoker<M>> body) {
    record(invoke(pair), body);
  }

  /** {@link #invoke(TextPair)} with the recording as a body; returns what the body returns. */
  public <R> R invoke(TextPair pair, Body<Invoker<M>, R> body) {
    return record(invoke(pair), body::apply);
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

  /** Adds a batch of token ids; rows may differ in length, and the caller does not pad them. */
  public Invoker<M> invoke(long[][] ids) {
    return invoke(checks.ids(ids));
  }

  /**
   * Adds a chat, rendered by the checkpoint's chat template. The model answers; if the last message
   * is the assistant's, the model continues it.
   *
   * @throws RunException if the checkpoint has no chat template, or the template rejects the
   *     messages
   */
  public Invoker<M> chat(List<Message> messages) {
    boolean begun =
        messages != null
            && !messages.isEmpty()
            && messages.get(messages.size() - 1).role().equals("assistant");
    return chat(messages, begun ? ChatOptions.continuing() : ChatOptions.generationPrompt());
  }

  /** {@link #chat(List)} with options of the template. */
  public Invoker<M> chat(List<Message> messages, ChatOptions options) {
    if (messages == null || messages.isEmpty()) {
      throw fail("expected messages, found none");
    }
    if (options == null) {
      throw fail("options are null; there is ChatOptions.generationPrompt()");
    }
    owner.requireTokenizer();
    return invoke(owner.tokenizer().chat(messages, options));
  }

  /** {@link #chat(List)} with the recording as a body; returns what the body returns. */
  public <R> R chat(List<Message> messages, Body<Invoker<M>, R> body) {
    return record(chat(messages), body::apply);
  }

  /** {@link #chat(List)} with a body that returns nothing. */
  public void chat(List<Message> messages, Consumer<Invoker<M>> body) {
    record(chat(messages), body);
  }

  /** {@link #invoke(String)} with the recording as a body; returns what the body returns. */
  public <R> R invoke(String text, Body<Invoker<M>, R> body) {
    return record(invoke(text), body::apply);
  }

  /** {@link #invoke(String)} with a body that returns nothing. */
  public void invoke(String text, Consumer<Invoker<M>> body) {
    record(invoke(text), body);
  }

  /** {@link #invoke(List)} with a body that returns nothing. */
  public void invoke(List<String> texts, Consumer<Invoker<M>> body) {
    record(invoke(texts), body);
  }

  /** {@link #invoke(List)} with the recording as a body; returns what the body returns. */
  public <R> R invoke(List<String> texts, Body<Invoker<M>, R> body) {
    return record(invoke(texts), body::apply);
  }

  /** {@link #invoke(long[])} with the recording as a body; returns what the body returns. */
  public <R> R invoke(long[] ids, Body<Invoker<M>, R> body) {
    return record(invoke(ids), body::apply);
  }

  /** {@link #invoke(long[][])} with the recording as a body; returns what the body returns. */
  public <R> R invoke(long[][] ids, Body<Invoker<M>, R> body) {
    return record(invoke(ids), body::apply);
  }

  /**
   * Sets a listener for the new text of the run. It is called on the thread of the run, in order,
   * as soon as a piece of text is there, including the last piece. Interventions act as in any run.
   * If the listener throws, the run ends.
   *
   * @throws RunException if the run does not generate, or generates with beams, whose tokens change
   *     until the end
   */
  public Generator<M> streamTo(Consumer<? super GeneratedPiece> listener) {
    Objects.requireNonNull(listener, "the listener is null");
    owner.requireStreams(kind);
    this.listener = LanguageModel.both(this.listener, listener);
    return this;
  }

  /**
   * Runs now, on a thread of its own, and returns a stream of new text to read in a loop. Saved
   * values, output and receipt are available once the stream has been read to its end.
   *
   * @throws RunException as {@link #streamTo} and {@link #run()}
   */
  public GenerationStream<Output> stream() {
    owner.requireStreams(kind);
    refuseInSession();
    checkRunnable();
    recording.close("the run has begun");
    pending = "the run is under way; read its stream to the end first";
    recording.saves().absent(pending);
    stream =
        GenerationStream.begin(
            new GenerationStream.Work<>() {
              @Override
              public Supplier<Output> run(Consumer<GeneratedPiece> pieces) {
                List<Result> results = new ArrayList<>();
                listener = LanguageModel.both(listener, pieces);
                owner
                    .backend()
                    .run(
                        List.of(requested(null)),
                        completion((run, result) -> results.add(result.orElseThrow())));
                return () -> {
                  complete(results.get(0));
                  return output();
                };
              }

              @Override
              public void failed(String reason) {
                abandon(reason);
              }
            });
    return stream;
  }

  /** Receives the tokens of this run. */
  TokenListener tokens() {
    return owner.pieces(listener);
  }

  private Backend.Completion completion(BiConsumer<Integer, Optional<Result>> over) {
    TokenListener tokens = tokens();
    return new Backend.Completion() {
      @Override
      public void over(int run, Optional<Result> result) {
        over.accept(run, result);
      }

      @Override
      public TokenListener tokens(int run) {
        return tokens;
      }
    };
  }

  private Backend.Completion completion() {
    return completion((run, result) -> complete(result.orElseThrow()));
  }

  private void refuseInSession() {
    if (session != null) {
      throw new RunException("a run of a session happens with the others, when the session closes");
    }
  }

  /**
   * Runs now; {@link #close()} does not run it again.
   *
   * @throws RunException if it ran before, or if the run fails
   */
  public void run() {
    refuseInSession();
    checkRunnable();
    recording.close("the run has begun");
    try {
      owner.backend().run(List.of(requested(null)), completion());
    } catch (RuntimeException | Error e) {
      abandon("the run failed: " + e.getMessage());
      throw e;
    }
  }

  /**
   * Records in a body, runs if the body ends normally, and closes.
   *
   * @return what the body returned, with all saved values readable
   */
  public <R> Completed<R> run(Body<Generator<M>, R> body) {
    R recorded = record(body::apply);
    finish();
    return new Completed<>(recorded, this);
  }

  /**
   * {@link #run(Body)} with a body that returns nothing; returns this generator, which has then
   * run.
   */
  public Generator<M> run(Consumer<Generator<M>> body) {
    Objects.requireNonNull(body, "the body is null");
    var unused =
        run(
            generator -> {
              body.accept(generator);
              return generator;
            });
    return this;
  }

  private <R> R record(Function<Generator<M>, R> body) {
    Objects.requireNonNull(body, "the body is null");
    try {
      return body.apply(this);
    } catch (RuntimeException | Error e) {
      abandon("the body failed: " + e);
      throw e;
    }
  }

  /** Records a body that this generator will not run itself. */
  <R> R draft(Function<Generator<M>, R> body, String why) {
    R recorded = record(body);
    throwFailure();
    checkRunnable();
    abandon(why);
    return recorded;
  }

  private void checkRunnable() {
    if (result != null || absent != null || pending != null) {
      throw new RunException("this generator ran before; open another one for another run");
    }
    Nnsight4jException failure = recording.failure();
    if (failure != null) {
      throw new RunException(
          "nothing was run, because recording failed: " + failure.getMessage(), failure);
    }
    if (recording.prompts().stream().allMatch(Prompt.Whole.class::isInstance)) {
      abandon("there was no input; call invoke(...) first");
      throw new RunException("there is nothing to run: call invoke(...) on the generator first");
    }
  }

  /** Marks the run as done, wherever it happened. */
  void complete(Result done) {
    result = done;
    recording.saves().complete(done);
  }

  /** What is sent to a server for this run. */
  RequestedRun requested(@Nullable RunCondition when) {
    return new RequestedRun(recording.graph(), recording.promptLines(), kind, when);
  }

  /** Ends the recording. */
  void closeForSession(String reason) {
    checkRunnable();
    recording.close(reason);
  }

  /** Marks the run as sent to the server. */
  void sent(String hint) {
    pending = hint;
    recording.saves().absent(hint);
  }

  /**
   * Sends the run to its server now and does not wait; {@link #close()} then does nothing.
   *
   * @throws RunException if this generator was not opened for a server, or has run before
   */
  public RemoteJob submit() {
    if (!(owner.backend() instanceof RemoteBackend remote)) {
      throw new RunException(
          "submit() is for runs at a server; open the generator of model.at(remote(server, name))");
    }
    if (session != null) {
      throw new RunException("a run of a session is sent with the others, when the session closes");
    }
    checkRunnable();
    recording.close("the run has been sent");
    try {
      RemoteJob sent = remote.submit(List.of(requested(null)), completion(), this::abandon);
      job = sent;
      sent("the run is at the server; wait for it by job().await()");
      return sent;
    } catch (RuntimeException | Error e) {
      abandon("the run was not sent: " + e.getMessage());
      throw e;
    }
  }

  /**
   * The job of a run that was sent without waiting.
   *
   * @throws RunException if none was sent
   */
  public RemoteJob job() {
    if (job == null) {
      throw new RunException(
          owner.backend() instanceof RemoteBackend remote && remote.waits()
              ? "this generator waits for its run, so that its job is over when it closes; with remote(...).nonBlocking() there is a job to wait for"
              : "no run was sent: a job is of a generator with remote(...).nonBlocking(), after it was closed");
    }
    return job;
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

  /** What happened in the run: which reads and writes fired, shapes, changes, warnings. */
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
    } else if (stream != null) {
      stream.close();
    } else if (result == null && absent == null && session == null && job == null) {
      if (owner.backend() instanceof RemoteBackend remote && !remote.waits()) {
        var unused = submit();
      } else {
        run();
      }
    }
  }

  /** The recording, for a session. */
  Recording recording() {
    return recording;
  }

  /** Called when the body of a lambda form ended normally. */
  private void finish() {
    throwFailure();
    close();
  }

  private void throwFailure() {
    Nnsight4jException failure = recording.failure();
    if (failure != null) {
      abandon("recording failed: " + failure.getMessage());
      throw failure;
    }
  }

  /** Called when the body of a lambda form failed: there will be no run. */
  void abandon(String reason) {
    absent = reason;
    recording.close(reason);
    recording.saves().absent(reason);
  }

  /** Like {@link #abandon}, unless the run has happened. */
  void abandonIfOpen(String reason) {
    if (result == null) {
      abandon(reason);
    }
  }

  private Result finished() {
    if (result == null) {
      throw new RunException(
          absent == null && pending != null
              ? pending
              : absent == null
                  ? "the run has not happened yet; it happens when the generator closes"
                  : "there is no result: " + absent);
    }
    return result;
  }

  private Invoker<M> invoke(Prompt prompt) {
    InvokerScope scope =
        new InvokerScope(
            owner.blueprint(),
            recording,
            shapes,
            recording.invoker(prompt),
            !(root instanceof AnyModel));
    return new Invoker<>(root, scope);
  }

  /** {@link #invoke()} with the recording as a body; returns what the body returns. */
  public <R> R invoke(Body<Invoker<M>, R> body) {
    return record(invoke(), body::apply);
  }

  private <R> R record(Invoker<M> invoker, Function<Invoker<M>, R> body) {
    SourceLine line = UserFrames.here();
    boolean complete = false;
    try {
      R recorded = body.apply(invoker);
      complete = true;
      return recorded;
    } finally {
      // A body that failed leaves half of an intervention, which must not run even if the exception
      // is caught.
      if (!complete) {
        recording.fail("the body of an invoker failed, so its recording is not complete", line);
      }
      invoker.close();
    }
  }

  private void record(Invoker<M> invoker, Consumer<Invoker<M>> body) {
    var unused =
        record(
            invoker,
            recorded -> {
              body.accept(recorded);
              return recorded;
            });
  }

  private RecordingException fail(String message) {
    return recording.fail(message, UserFrames.here());
  }
}
