package org.nnsight4j.langchain4j;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.langchain4j.EmbeddedChat.EIFFEL;

import dev.langchain4j.agent.tool.ToolSpecification;
import dev.langchain4j.data.message.ImageContent;
import dev.langchain4j.data.message.ToolExecutionResultMessage;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.InvalidRequestException;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormat;
import java.util.Map;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;

/** What a request or a probe cannot mean is refused by name. */
final class RefusedRequestsTest {
  private static LanguageModel<Gpt2> gpt2;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedChat.open(EmbeddedChat.directory());
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  private static ChatRequest asked(Consumer<NnsightChatRequestParameters.Builder> parameters) {
    NnsightChatRequestParameters.Builder builder = NnsightChatRequestParameters.builder();
    parameters.accept(builder);
    return ChatRequest.builder()
        .messages(UserMessage.from(EIFFEL))
        .parameters(builder.build())
        .build();
  }

  @Test
  void whatIsNotSupportedIsRefusedByName() {
    Map<String, Consumer<NnsightChatRequestParameters.Builder>> refused =
        Map.of(
            "tools",
            with -> with.toolSpecifications(ToolSpecification.builder().name("add").build()),
            "JSON",
            with -> with.responseFormat(ResponseFormat.JSON),
            "frequencyPenalty",
            with -> with.frequencyPenalty(0.5),
            "presencePenalty",
            with -> with.presencePenalty(0.5));
    NnsightChatModel model = NnsightChatModel.builder(gpt2).build();
    refused.forEach(
        (name, with) ->
            assertThat(
                    assertThrows(UnsupportedFeatureException.class, () -> model.chat(asked(with)))
                        .getMessage())
                .contains(name));
    assertThat(
            assertThrows(
                    UnsupportedFeatureException.class,
                    () -> model.chat(ToolExecutionResultMessage.from("1", "add", "3")))
                .getMessage())
        .contains("found one of the type TOOL_EXECUTION_RESULT");
    assertThat(
            assertThrows(
                    UnsupportedFeatureException.class,
                    () -> model.chat(UserMessage.from(ImageContent.from("https://example.org/a"))))
                .getMessage())
        .contains("content of the type IMAGE");
    assertThat(
            assertThrows(
                    ModelNotFoundException.class,
                    () -> model.chat(asked(with -> with.modelName("gpt-5"))))
                .getMessage())
        .isEqualTo("expected the model 'gpt2', which this is, found 'gpt-5'");
    assertThat(
            assertThrows(
                    InvalidRequestException.class,
                    () -> model.chat("The capital of Japan is Tokyo. ".repeat(40)))
                .getMessage())
        .startsWith("expected messages of at most 128 tokens");
  }

  /** Their own parameters would be lost. */
  @Test
  void parametersOfAnotherProviderAreRefused() {
    ChatRequestParameters others = new Others();
    NnsightChatModel model = NnsightChatModel.builder(gpt2).build();
    ChatRequest request =
        ChatRequest.builder().messages(UserMessage.from(EIFFEL)).parameters(others).build();
    assertThat(
            assertThrows(UnsupportedFeatureException.class, () -> model.chat(request)).getMessage())
        .contains("found Others");
  }

  private static final class Others extends DefaultChatRequestParameters {
    Others() {
      super(DefaultChatRequestParameters.builder());
    }
  }

  @Test
  void aProbeThatDoesNotFitIsRefusedWhenTheModelIsBuilt() {
    TokenProbe same = TokenProbe.direction("waves", 1, Tensor.of(new float[128], 128));
    Tensor narrow = Tensor.of(new float[64], 64);
    assertThat(
            assertThrows(
                    RecordingException.class,
                    () ->
                        NnsightChatModel.builder(gpt2)
                            .probes(TokenProbe.direction("narrow", 1, narrow))
                            .build())
                .getMessage())
        .contains("64");
    LinearProbe wide =
        LinearProbe.of(Tensor.of(new float[256], 2, 128), Tensor.of(new float[2], 2));
    assertThat(
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                        NnsightChatModel.builder(gpt2)
                            .probes(TokenProbe.of("two", 1, wide))
                            .build())
                .getMessage())
        .isEqualTo(
            "probe 'two': expected a probe with one output, found 2; give one row of its weights");
    assertThat(
            assertThrows(
                    RecordingException.class,
                    () ->
                        NnsightChatModel.builder(gpt2)
                            .probes(TokenProbe.direction("far", 4, Tensor.of(new float[128], 128)))
                            .build())
                .getMessage())
        .contains("4");
    assertThat(
            assertThrows(
                    IllegalArgumentException.class,
                    () -> NnsightChatModel.builder(gpt2).probes(same, same).build())
                .getMessage())
        .contains("'waves' twice");
  }
}
