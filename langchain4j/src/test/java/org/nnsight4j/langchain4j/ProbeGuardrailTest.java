package org.nnsight4j.langchain4j;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.langchain4j.EmbeddedChat.EIFFEL;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.guardrail.ChatExecutor;
import dev.langchain4j.guardrail.GuardrailRequestParams;
import dev.langchain4j.guardrail.GuardrailResult;
import dev.langchain4j.guardrail.GuardrailResult.Result;
import dev.langchain4j.guardrail.InputGuardrailResult;
import dev.langchain4j.guardrail.OutputGuardrailRequest;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import dev.langchain4j.invocation.InvocationContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;

/** Guardrails judge by the numbers of a trace, and say which. */
final class ProbeGuardrailTest {
  private static final int LAYER = 1;

  private static LanguageModel<Gpt2> gpt2;
  private static NnsightChatModel model;
  private static ChatResponse answer;
  private static List<Double> scores;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedChat.open(EmbeddedChat.directory());
    model =
        NnsightChatModel.builder(gpt2)
            .probes(
                TokenProbe.direction(
                    "waves", LAYER, Tensor.of(EmbeddedChat.numbers(), EmbeddedChat.WIDTH)))
            .build();
    answer = model.chat(UserMessage.from(EIFFEL));
    scores = NnsightChatResponseMetadata.of(answer).probe("waves").scores();
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  private static OutputGuardrailRequest request(ChatResponse response) {
    return OutputGuardrailRequest.builder()
        .responseFromLLM(response)
        .chatExecutor(
            ChatExecutor.builder(model)
                .invocationContext(InvocationContext.builder().build())
                .chatRequest(ChatRequest.builder().messages(UserMessage.from(EIFFEL)).build())
                .build())
        .requestParams(
            GuardrailRequestParams.builder().userMessageTemplate("").variables(Map.of()).build())
        .build();
  }

  private static OutputGuardrailResult judged(ProbeOutputGuardrail guardrail) {
    return guardrail.validate(request(answer));
  }

  private static String message(GuardrailResult<?> result) {
    return result.failures().get(0).message();
  }

  @Test
  void theHighestScoreDecides() {
    double most = scores.stream().mapToDouble(each -> each).max().orElseThrow();
    assertThat(judged(ProbeOutputGuardrail.above("waves", most)).result())
        .isEqualTo(Result.SUCCESS);
    OutputGuardrailResult refused = judged(ProbeOutputGuardrail.above("waves", most - 0.001));
    assertThat(refused.result()).isEqualTo(Result.FATAL);
    assertThat(refused.isRetry()).isFalse();
    assertThat(message(refused))
        .isEqualTo(
            "probe 'waves' at layer 1: the score %s of new token %s of 3 is above the threshold %s"
                .formatted(most, scores.indexOf(most) + 1, most - 0.001));
  }

  @Test
  void meanLastAndLowestScores() {
    double mean = scores.stream().mapToDouble(each -> each).average().orElseThrow();
    double least = scores.stream().mapToDouble(each -> each).min().orElseThrow();
    double last = scores.get(2);
    ProbeOutputGuardrail above = ProbeOutputGuardrail.above("waves", mean);
    assertThat(judged(above.of(ScoreOf.ALL_TOKENS)).isSuccess()).isTrue();
    assertThat(
            message(
                judged(ProbeOutputGuardrail.above("waves", mean - 0.001).of(ScoreOf.ALL_TOKENS))))
        .contains("the score %s as the mean of 3 new tokens".formatted(mean));
    assertThat(
            message(
                judged(ProbeOutputGuardrail.above("waves", last - 0.001).of(ScoreOf.LAST_TOKEN))))
        .contains("the score %s of the last of 3 new tokens".formatted(last));
    assertThat(judged(ProbeOutputGuardrail.below("waves", least)).isSuccess()).isTrue();
    assertThat(message(judged(ProbeOutputGuardrail.below("waves", least + 0.001))))
        .contains("is below the threshold");
  }

  @Test
  void verdicts() {
    ProbeOutputGuardrail all = ProbeOutputGuardrail.above("waves", -1000);
    assertThat(judged(all.failure()).result()).isEqualTo(Result.FAILURE);
    assertThat(judged(all.retry()).isRetry()).isTrue();
    assertThat(judged(all.retry()).getReprompt()).isEmpty();
    OutputGuardrailResult again = judged(all.reprompt("Say it without waves."));
    assertThat(again.isReprompt()).isTrue();
    assertThat(again.getReprompt()).hasValue("Say it without waves.");
    assertThat(judged(all.retry().fatal()).isRetry()).isFalse();
    assertThat(judged(all).result()).isEqualTo(Result.FATAL);
  }

  @Test
  void anAnswerWithoutScoresIsNoSuccess() {
    ChatResponse other = ChatResponse.builder().aiMessage(AiMessage.from("Paris")).build();
    ProbeOutputGuardrail guardrail = ProbeOutputGuardrail.above("waves", 0);
    assertThat(
            assertThrows(
                    UnsupportedFeatureException.class, () -> guardrail.validate(request(other)))
                .getMessage())
        .contains("expected an answer of NnsightChatModel");
    assertThat(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> judged(ProbeOutputGuardrail.above("wave", 0)))
                .getMessage())
        .contains("found 'wave'; it has [waves]");
    assertThrows(
        IllegalArgumentException.class, () -> ProbeOutputGuardrail.above("waves", Double.NaN));
  }

  /** Over the message as the model sees it, by numbers of a trace. */
  @Test
  void inputIsJudgedBeforeThereIsAnAnswer() {
    long[] ids = gpt2.tokenizer().encode(EIFFEL);
    List<Double> traced = EmbeddedChat.products(gpt2, LAYER, ids, 0, EmbeddedChat.numbers(), 0);
    double most = traced.stream().mapToDouble(each -> each).max().orElseThrow();
    UserMessage message = UserMessage.from(EIFFEL);
    assertThat(
            ProbeInputGuardrail.above(model, "waves", most + 0.001).validate(message).isSuccess())
        .isTrue();
    InputGuardrailResult refused =
        ProbeInputGuardrail.above(model, "waves", most - 0.001).validate(message);
    assertThat(refused.isFatal()).isTrue();
    assertThat(message(refused)).startsWith("probe 'waves' at layer 1: the score ");
    assertThat(message(refused))
        .contains("of prompt token %s of 8".formatted(traced.indexOf(most) + 1));
    assertThat(
            ProbeInputGuardrail.below(model, "waves", traced.get(7) - 0.001)
                .of(ScoreOf.LAST_TOKEN)
                .validate(message)
                .isSuccess())
        .isTrue();
    assertThat(ProbeInputGuardrail.below(model, "waves", 1000).failure().validate(message).result())
        .isEqualTo(Result.FAILURE);
    assertThrows(IllegalArgumentException.class, () -> ProbeInputGuardrail.above(model, "wave", 0));
  }
}
