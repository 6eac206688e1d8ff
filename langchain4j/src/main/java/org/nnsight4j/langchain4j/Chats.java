package org.nnsight4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import dev.langchain4j.model.output.TokenUsage;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Completed;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.tokenizer.ChatOptions;
import org.nnsight4j.tokenizer.Message;
import org.nnsight4j.values.Saved;

/** The chats of one model: a request becomes a run, and the run an answer. */
final class Chats<M> {
  private static final int MOST_TOKENS = 4096;

  private final LanguageModel<M> model;
  private final String name;
  private final @Nullable ChatPrompt prompt;
  private final List<Consumer<? super Invoker<?>>> interventions;
  private final Map<String, TokenProbe> probes = new TreeMap<>();
  private final List<TokenProbe> ordered;

  Chats(
      LanguageModel<M> model,
      String name,
      @Nullable ChatPrompt prompt,
      List<Consumer<? super Invoker<?>>> interventions,
      List<TokenProbe> probes) {
    this.model = model;
    this.name = name;
    this.prompt = prompt;
    this.interventions = List.copyOf(interventions);
    this.ordered = List.copyOf(probes);
    for (TokenProbe probe : probes) {
      if (this.probes.put(probe.name(), probe) != null) {
        throw new IllegalArgumentException(
            "expected probes with names of their own, found '%s' twice".formatted(probe.name()));
      }
      probe.requireFits(model);
    }
  }

  String name() {
    return name;
  }

  /** One of the model's probes. */
  TokenProbe probe(String wanted) {
    TokenProbe probe = probes.get(wanted);
    if (probe == null) {
      throw new IllegalArgumentException(
          "expected a probe that the chat model was built with, found '%s'; it has %s"
              .formatted(wanted, probes.keySet()));
    }
    return probe;
  }

  /**
   * Answers.
   *
   * @param pieces receives the text as it is generated; null if it is wanted as a whole
   */
  ChatResponse answer(ChatRequest request, @Nullable Consumer<String> pieces) {
    long[] ids = ids(ChatMapping.messages(request.messages()));
    GenerateOptions options = ChatMapping.options(request.parameters(), name, room(ids.length));
    List<String> stops = request.parameters().stopSequences();
    Generator<M> generator = model.generate(options);
    StopText shown = new StopText(stops);
    if (pieces != null) {
      generator.streamTo(
          piece -> {
            pieces.accept(shown.add(piece.text()));
            if (piece.finishReason().isPresent()) {
              pieces.accept(shown.end());
            }
          });
    }
    long start = System.nanoTime();
    Completed<List<Saved<Axis>>> done =
        generator.run(recording -> recording.invoke(ids, this::record));
    Duration duration = Duration.ofNanos(System.nanoTime() - start);
    GeneratedSequence sequence = done.output().sequences().get(0);
    NnsightChatResponseMetadata.Builder metadata =
        new NnsightChatResponseMetadata.Builder(
            done.receipt(), scores(done.result()), done.output().seed(), duration);
    return ChatResponse.builder()
        .aiMessage(AiMessage.from(StopText.cut(done.output().newText(0), stops)))
        .metadata(
            metadata
                .id(UUID.randomUUID().toString())
                .modelName(name)
                .tokenUsage(new TokenUsage(ids.length, sequence.newIds().length))
                .finishReason(reason(sequence))
                .build())
        .build();
  }

  private List<Saved<Axis>> record(Invoker<M> invoker) {
    interventions.forEach(each -> each.accept(invoker));
    return ordered.stream().map(each -> each.record(invoker)).toList();
  }

  private List<ProbeScores> scores(List<Saved<Axis>> saved) {
    List<ProbeScores> all = new ArrayList<>();
    for (int i = 0; i < ordered.size(); i++) {
      List<Double> scores = new ArrayList<>();
      for (Tensor score : saved.get(i).values()) {
        scores.add((double) score.toFloatArray()[0]);
      }
      TokenProbe probe = ordered.get(i);
      all.add(new ProbeScores(probe.name(), probe.place(), scores));
    }
    return all;
  }

  private FinishReason reason(GeneratedSequence sequence) {
    return switch (sequence.finishReason()) {
      case EOS, STOP_STRING -> FinishReason.STOP;
      case LENGTH -> FinishReason.LENGTH;
      case STOPPED ->
          ordered.stream().anyMatch(probe -> probe.stop().isPresent())
              ? FinishReason.CONTENT_FILTER
              : FinishReason.OTHER;
    };
  }

  /** A pass over messages as the model sees them, up to where the probe reads: a score each. */
  ProbeScores promptScores(String wanted, List<Message> messages) {
    TokenProbe probe = probe(wanted);
    long[] ids = ids(messages);
    Saved<Axis> saved =
        model
            .trace()
            .run(
                recording ->
                    recording.invoke(
                        ids,
                        invoker -> {
                          interventions.forEach(each -> each.accept(invoker));
                          return probe.recordPrompt(invoker);
                        }))
            .result();
    List<Double> scores = new ArrayList<>();
    for (float score : saved.value().toFloatArray()) {
      scores.add((double) score);
    }
    return new ProbeScores(probe.name(), probe.place(), scores);
  }

  private long[] ids(List<Message> messages) {
    if (prompt != null) {
      return model.tokenizer().encode(prompt.text(messages));
    }
    boolean begun = messages.get(messages.size() - 1).role().equals("assistant");
    return model
        .tokenizer()
        .chat(messages, begun ? ChatOptions.continuing() : ChatOptions.generationPrompt());
  }

  /** The last new token is never an input, so it needs no position. */
  private int room(int promptTokens) {
    int positions = model.blueprint().maxPositions();
    if (positions == Blueprint.NO_LIMIT) {
      return MOST_TOKENS;
    }
    if (promptTokens > positions) {
      throw new InvalidRequestException(
          "expected messages of at most %s tokens, which this model has positions for, found %s"
              .formatted(positions, promptTokens));
    }
    return Math.min(MOST_TOKENS, positions - promptTokens + 1);
  }
}
