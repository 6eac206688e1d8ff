package org.nnsight4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.local.PromptChecks;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Tensor;

/**
 * A recording that is planned once and run many times, each time on other inputs, from any number
 * of threads at once. Inputs come in the order of {@link Generator#input()}.
 *
 * @param <R> what the body of the recording returned
 */
@NotUserCode
public final class Prepared<R> {
  private final LanguageModel<?> owner;
  private final Backend.Rerun rerun;
  private final Recording recording;
  private final R recorded;
  private final RunKind kind;
  private final @Nullable Consumer<GeneratedPiece> listener;
  private final Map<Integer, Tensor> tensors;

  Prepared(
      LanguageModel<?> owner,
      Backend.Rerun rerun,
      Recording recording,
      R recorded,
      RunKind kind,
      @Nullable Consumer<GeneratedPiece> listener,
      Map<Integer, Tensor> tensors) {
    this.owner = owner;
    this.tensors = tensors;
    this.kind = kind;
    this.listener = listener;
    this.rerun = rerun;
    this.recording = recording;
    this.recorded = recorded;
  }

  /** What the body returned: handles of saved values, with which the results of a run are read. */
  public R recorded() {
    return recorded;
  }

  /**
   * The same recording, whose runs tell of new text as soon as it is there; see {@link
   * Generator#streamTo}.
   *
   * @throws RunException if the runs generate nothing, or by beams
   */
  public Prepared<R> streamTo(Consumer<? super GeneratedPiece> listener) {
    Objects.requireNonNull(listener, "the listener is null");
    owner.requireStreams(kind);
    return new Prepared<>(
        owner,
        rerun,
        recording,
        recorded,
        kind,
        LanguageModel.both(this.listener, listener),
        tensors);
  }

  /**
   * The same recording, whose runs have other numbers for a named tensor; see {@link
   * Invoker#tensor}.
   *
   * @param value of the shape and data type of the tensor in the recording
   * @throws RecordingException if the recording has no such tensor, or one of another shape or type
   */
  public Prepared<R> with(String name, Tensor value) {
    Objects.requireNonNull(value, "the tensor is null");
    Integer node = recording.tensors().get(name);
    if (node == null) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "the recording has no tensor '%s', it has %s; invoker.tensor(name, initial) makes one"
              .formatted(name, recording.tensors().keySet()));
    }
    Tensor recordedTensor = ((Node.Constant) recording.graph().node(node)).tensor();
    if (value.dtype() != recordedTensor.dtype()
        || !Arrays.equals(value.shape(), recordedTensor.shape())) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "tensor '%s' is %s %s in the recording, found %s %s"
              .formatted(
                  name,
                  recordedTensor.dtype(),
                  Arrays.toString(recordedTensor.shape()),
                  value.dtype(),
                  Arrays.toString(value.shape())));
    }
    Map<Integer, Tensor> more = new HashMap<>(tensors);
    more.put(node, value);
    return new Prepared<>(owner, rerun, recording, recorded, kind, listener, Map.copyOf(more));
  }

  /**
   * Runs on texts, one for each input, on a thread of its own, and gives new text as it comes; see
   * {@link Generator#stream}.
   */
  public GenerationStream<Results> stream(String... texts) {
    return streamed(texts(texts));
  }

  /** {@link #stream(String...)} on token ids, one row for each input. */
  public GenerationStream<Results> stream(long[]... ids) {
    return streamed(ids(ids));
  }

  /** {@link #stream(String...)} on batches of texts, one for each input. */
  public GenerationStream<Results> stream(List<List<String>> batches) {
    return streamed(batches(batches));
  }

  private GenerationStream<Results> streamed(List<Prompt> inputs) {
    owner.requireStreams(kind);
    Given given = given(inputs);
    return GenerationStream.begin(
        pieces -> {
          Results results = on(given, LanguageModel.both(listener, pieces));
          return () -> results;
        });
  }

  /**
   * Runs on texts, one for each input.
   *
   * @throws RunException if the run fails
   */
  public Results run(String... texts) {
    return on(given(texts(texts)), listener);
  }

  /** Runs on token ids, one row for each input. */
  public Results run(long[]... ids) {
    return on(given(ids(ids)), listener);
  }

  /** Runs on batches of texts, one for each input. */
  public Results run(List<List<String>> batches) {
    return on(given(batches(batches)), listener);
  }

  private List<Prompt> texts(String... texts) {
    PromptChecks checks = checks();
    owner.requireTokenizer();
    return prompts(texts, text -> checks.texts(Arrays.asList(text)));
  }

  private List<Prompt> ids(long[]... ids) {
    PromptChecks checks = checks();
    return prompts(ids, row -> checks.ids(new long[][] {row}));
  }

  private List<Prompt> batches(List<List<String>> batches) {
    PromptChecks checks = checks();
    owner.requireTokenizer();
    return batches.stream().map(checks::texts).toList();
  }

  /** Runs on batches of token ids, one batch for each input; rows may have different lengths. */
  public Results runBatches(long[][]... batches) {
    PromptChecks checks = checks();
    return on(given(prompts(batches, checks::ids)), listener);
  }

  private static <T> List<Prompt> prompts(T[] inputs, Function<T, Prompt> prompt) {
    return Arrays.stream(inputs).map(prompt).toList();
  }

  private PromptChecks checks() {
    return new PromptChecks(
        owner.blueprint(),
        message -> new RecordingException(Location.at(UserFrames.here()), message));
  }

  /** What a run gets, and where it was given. */
  private record Given(List<Prompt> prompts, List<SourceLine> lines) {}

  private Given given(List<Prompt> inputs) {
    List<Prompt> prompts = new ArrayList<>();
    List<SourceLine> lines = new ArrayList<>();
    int next = 0;
    int open = recording.openPrompts();
    if (inputs.size() != open) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "the recording has %s, found %s"
              .formatted(open == 1 ? "1 input" : open + " inputs", inputs.size()));
    }
    for (Prompt prompt : recording.prompts()) {
      lines.add(UserFrames.here());
      prompts.add(prompt instanceof Prompt.Open ? inputs.get(next++) : prompt);
    }
    owner.checkOpen();
    return new Given(prompts, lines);
  }

  private Results on(Given given, @Nullable Consumer<GeneratedPiece> heard) {
    return new Results(
        owner,
        recording,
        rerun.on(new Backend.Inputs(given.prompts(), given.lines(), tensors), owner.pieces(heard)));
  }
}
