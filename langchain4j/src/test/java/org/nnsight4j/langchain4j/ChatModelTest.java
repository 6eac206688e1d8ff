package org.nnsight4j.langchain4j;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.doSample;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.langchain4j.EmbeddedChat.EIFFEL;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelRequestContext;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.output.FinishReason;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Edit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.tokenizer.Message;
import org.nnsight4j.values.Receipt;

/** Answers of the chat model are those of the runs that they stand for. */
final class ChatModelTest {
  private static final int LAYER = 2;
  private static final double BIAS = 0.25;
  private static final double TOLERANCE = 1e-4;

  private static LanguageModel<Gpt2> gpt2;
  private static TokenProbe probe;

  @BeforeAll
  static void open() {
    Path directory = EmbeddedChat.directory();
    gpt2 = EmbeddedChat.open(directory);
    probe =
        TokenProbe.of(
            "waves",
            LAYER,
            LinearProbe.of(
                Tensor.of(EmbeddedChat.numbers(), 1, EmbeddedChat.WIDTH),
                Tensor.of(new float[] {(float) BIAS}, 1)));
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  private static ChatRequest asked(
      String text, Consumer<NnsightChatRequestParameters.Builder> parameters) {
    NnsightChatRequestParameters.Builder builder = NnsightChatRequestParameters.builder();
    parameters.accept(builder);
    return ChatRequest.builder()
        .messages(UserMessage.from(text))
        .parameters(builder.build())
        .build();
  }

  private static Output generated(GenerateOptions options, Message... messages) {
    return gpt2.generate(options)
        .run(generator -> generator.chat(List.of(messages), invoker -> 0))
        .output();
  }

  @Test
  void greedyTextIsThatOfGenerate() {
    NnsightChatModel model = NnsightChatModel.builder(gpt2).modelName("capitals").build();
    ChatResponse answer = model.chat(asked(EIFFEL, with -> with.maxOutputTokens(2)));
    Output expected = generated(maxNewTokens(2), Message.user(EIFFEL));
    assertThat(answer.aiMessage().text()).isEqualTo(expected.newText(0));
    assertThat(answer.aiMessage().text()).isEqualTo(" Paris.");
    assertThat(answer.modelName()).isEqualTo("capitals");
    assertThat(answer.id()).isNotEmpty();
    assertThat(answer.finishReason()).isEqualTo(FinishReason.LENGTH);
    assertThat(answer.tokenUsage().inputTokenCount()).isEqualTo(8);
    assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(2);
    assertThat(answer.tokenUsage().totalTokenCount()).isEqualTo(10);
  }

  @Test
  void withoutALimitTheAnswerEndsWhereTheModelSays() {
    ChatResponse answer = NnsightChatModel.builder(gpt2).build().chat(UserMessage.from(EIFFEL));
    assertThat(answer.aiMessage().text()).isEqualTo(" Paris.");
    assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(answer.modelName()).isEqualTo("gpt2");
  }

  @Test
  void allMessagesAreThoseOfTheTemplate() {
    ChatRequest request =
        ChatRequest.builder()
            .messages(
                SystemMessage.from("The capital of Japan is Tokyo."),
                UserMessage.from("The capital of France is"),
                AiMessage.from("Paris."),
                UserMessage.from(EIFFEL))
            .maxOutputTokens(3)
            .build();
    ChatResponse answer = NnsightChatModel.builder(gpt2).build().chat(request);
    Output expected =
        generated(
            maxNewTokens(3),
            Message.system("The capital of Japan is Tokyo."),
            Message.user("The capital of France is"),
            Message.assistant("Paris."),
            Message.user(EIFFEL));
    assertThat(answer.aiMessage().text()).isEqualTo(expected.newText(0));
    assertThat(answer.tokenUsage().inputTokenCount())
        .isEqualTo(expected.ids(0).length - expected.newIds(0).length);
  }

  @Test
  void parametersAreOptionsOfTheRun() {
    NnsightChatModel model =
        NnsightChatModel.builder(gpt2)
            .defaultRequestParameters(
                NnsightChatRequestParameters.builder().maxOutputTokens(6).seed(7).build())
            .build();
    ChatResponse answer =
        model.chat(
            ChatRequest.builder()
                .messages(UserMessage.from("The capital of"))
                .temperature(3.0)
                .topK(40)
                .topP(0.9)
                .build());
    Output expected =
        generated(
            doSample().temperature(3).topK(40).topP(0.9).seed(7).maxNewTokens(6),
            Message.user("The capital of"));
    Output greedy = generated(maxNewTokens(6), Message.user("The capital of"));
    assertThat(answer.aiMessage().text()).isEqualTo(expected.newText(0));
    assertThat(answer.aiMessage().text()).isNotEqualTo(greedy.newText(0));
    assertThat(NnsightChatResponseMetadata.of(answer).seed()).hasValue(7);

    ChatRequest cold = asked("The capital of", with -> with.temperature(0.0).topK(40));
    assertThat(model.chat(cold).aiMessage().text()).isEqualTo(greedy.newText(0));
    ChatRequest penalised =
        asked(EIFFEL, with -> with.temperature(0.0).repetitionPenalty(1.8).maxOutputTokens(6));
    assertThat(model.chat(penalised).aiMessage().text())
        .isEqualTo(
            generated(maxNewTokens(6).repetitionPenalty(1.8), Message.user(EIFFEL)).newText(0));
  }

  @Test
  void aStopSequenceIsNotPartOfTheAnswer() {
    ChatResponse answer =
        NnsightChatModel.builder(gpt2)
            .build()
            .chat(asked(EIFFEL, with -> with.stopSequences("ris.", "nothing")));
    assertThat(answer.aiMessage().text()).isEqualTo(" Pa");
    assertThat(answer.finishReason()).isEqualTo(FinishReason.STOP);
    assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(2);
  }

  /** The numbers of a trace over the same tokens, without the chat model. */
  @Test
  void scoresAreThoseOfATraceAndTakeNoPassOfTheirOwn() {
    NnsightChatModel model = NnsightChatModel.builder(gpt2).probes(probe).build();
    ChatResponse answer = model.chat(asked(EIFFEL, with -> with.maxOutputTokens(3)));
    NnsightChatResponseMetadata metadata = NnsightChatResponseMetadata.of(answer);
    Output run = generated(maxNewTokens(3), Message.user(EIFFEL));
    long[] seen = Arrays.copyOf(run.ids(0), run.ids(0).length - 1);
    List<Double> expected =
        EmbeddedChat.products(gpt2, LAYER, seen, 7, EmbeddedChat.numbers(), BIAS);
    List<Double> found = metadata.probe("waves").scores();
    assertThat(found).hasSize(3);
    assertThat(expected).hasSize(3);
    for (int i = 0; i < 3; i++) {
      assertThat(found.get(i)).isWithin(TOLERANCE).of(expected.get(i));
    }
    assertThat(metadata.receipt().passes()).isEqualTo(3);
    assertThat(metadata.receipt().entries().get(0).fired()).isEqualTo(3);
    assertThat(metadata.probe("waves").place()).isEqualTo("layer 2");
    assertThat(metadata.probes()).hasSize(1);
    assertThat(metadata.duration().toNanos()).isGreaterThan(0);
    assertThat(
            assertThrows(IllegalArgumentException.class, () -> metadata.probe("wave")).getMessage())
        .contains("found 'wave'; it has [waves]");
  }

  @Test
  void editsActAndProbesReadWhatTheyLeft() {
    float[] direction = EmbeddedChat.numbers();
    Edit steer =
        gpt2.edit(
            invoker ->
                invoker.add(
                    ControlVector.of(
                            "gpt2", Map.of(LAYER, Tensor.of(direction, EmbeddedChat.WIDTH)))
                        .times(40)));
    NnsightChatModel plain = NnsightChatModel.builder(gpt2).probes(probe).build();
    NnsightChatModel steered = NnsightChatModel.builder(gpt2).edits(steer).probes(probe).build();
    ChatRequest request = asked(EIFFEL, with -> with.maxOutputTokens(1));
    ChatResponse answer = steered.chat(request);
    Output expected = gpt2.with(steer).generate(maxNewTokens(1), EIFFEL, model -> {});
    assertThat(answer.aiMessage().text()).isEqualTo(expected.newText(0));
    assertThat(answer.aiMessage().text()).isNotEqualTo(plain.chat(request).aiMessage().text());
    double squares = 0;
    for (float number : direction) {
      squares += (double) number * number;
    }
    double shift =
        NnsightChatResponseMetadata.of(answer).probe("waves").last()
            - NnsightChatResponseMetadata.of(plain.chat(request)).probe("waves").last();
    assertThat(shift).isWithin(1e-3).of(40 * squares);
  }

  /** Unlike edits, what is recorded for each request is in its receipt. */
  @Test
  void interventionsAreInTheReceipt() {
    ControlVector vector =
        ControlVector.of(
            "gpt2", Map.of(LAYER, Tensor.of(EmbeddedChat.numbers(), EmbeddedChat.WIDTH)));
    ChatRequest request = asked(EIFFEL, with -> with.maxOutputTokens(3));
    ChatResponse recorded =
        NnsightChatModel.builder(gpt2)
            .intervention(invoker -> invoker.add(vector.times(40)))
            .probes(probe)
            .build()
            .chat(request);
    ChatResponse edited =
        NnsightChatModel.builder(gpt2)
            .edits(gpt2.edit(invoker -> invoker.add(vector.times(40))))
            .probes(probe)
            .build()
            .chat(request);
    assertThat(recorded.aiMessage()).isEqualTo(edited.aiMessage());
    NnsightChatResponseMetadata metadata = NnsightChatResponseMetadata.of(recorded);
    assertThat(metadata.probes()).isEqualTo(NnsightChatResponseMetadata.of(edited).probes());
    Receipt.Entry write =
        metadata.receipt().entries().stream()
            .filter(entry -> entry.kind().equals("write"))
            .findFirst()
            .orElseThrow();
    assertThat(write.fired()).isEqualTo(3);
    assertThat(write.change()).isGreaterThan(1);
  }

  @Test
  void aThresholdEndsTheAnswerBeforeTheToken() {
    NnsightChatModel watched = NnsightChatModel.builder(gpt2).probes(probe).build();
    List<Double> scores =
        NnsightChatResponseMetadata.of(watched.chat(asked(EIFFEL, with -> with.maxOutputTokens(2))))
            .probe("waves")
            .scores();
    double low = Math.min(scores.get(0), scores.get(1));
    double high = Math.max(scores.get(0), scores.get(1));
    int broken = scores.indexOf(high);
    ChatResponse answer =
        NnsightChatModel.builder(gpt2)
            .probes(probe.stopAbove((low + high) / 2))
            .build()
            .chat(asked(EIFFEL, with -> with.maxOutputTokens(2)));
    assertThat(answer.finishReason()).isEqualTo(FinishReason.CONTENT_FILTER);
    assertThat(answer.tokenUsage().outputTokenCount()).isEqualTo(broken);
    assertThat(answer.aiMessage().text()).isEqualTo(broken == 0 ? "" : " Paris");
    assertThat(NnsightChatResponseMetadata.of(answer).probe("waves").scores())
        .isEqualTo(scores.subList(0, broken + 1));

    ChatResponse none =
        NnsightChatModel.builder(gpt2)
            .probes(probe.stopAbove(low - 1))
            .build()
            .chat(UserMessage.from(EIFFEL));
    assertThat(none.aiMessage().text()).isEmpty();
    assertThat(none.tokenUsage().outputTokenCount()).isEqualTo(0);
  }

  @Test
  void aPromptOfOnesOwnReplacesTheTemplate() {
    try (LanguageModel<EmbeddedGpt2> base = EmbeddedGpt2.open()) {
      NnsightChatModel model =
          NnsightChatModel.builder(base)
              .prompt(messages -> String.valueOf(messages.get(0).fields().get("content")))
              .build();
      assertThat(model.chat(EIFFEL)).isEqualTo(" Paris.");
      RunException refused =
          assertThrows(
              RunException.class, () -> NnsightChatModel.builder(base).build().chat(EIFFEL));
      assertThat(refused.getMessage()).contains("there is no chat template");
    }
  }

  @Test
  void listenersAreTold() {
    List<String> told = new ArrayList<>();
    ChatModelListener listener =
        new ChatModelListener() {
          @Override
          public void onRequest(ChatModelRequestContext context) {
            told.add("request " + context.chatRequest().maxOutputTokens());
          }

          @Override
          public void onResponse(ChatModelResponseContext context) {
            told.add("answer" + context.chatResponse().aiMessage().text());
          }

          @Override
          public void onError(ChatModelErrorContext context) {
            told.add("error " + context.error().getClass().getSimpleName());
          }
        };
    NnsightChatModel model = NnsightChatModel.builder(gpt2).listeners(List.of(listener)).build();
    model.chat(asked(EIFFEL, with -> with.maxOutputTokens(1)));
    assertThrows(
        UnsupportedFeatureException.class,
        () -> model.chat(asked(EIFFEL, with -> with.presencePenalty(1.0).maxOutputTokens(4))));
    assertThat(told)
        .containsExactly(
            "request 1", "answer Paris", "request 4", "error UnsupportedFeatureException")
        .inOrder();
  }
}
