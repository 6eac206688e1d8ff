package org.nnsight4j.langchain4j;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.langchain4j.EmbeddedChat.EIFFEL;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.listener.ChatModelErrorContext;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.listener.ChatModelResponseContext;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;

/** Streamed answers are those of the model that answers at once. */
final class StreamingChatModelTest {
  private static LanguageModel<Gpt2> gpt2;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedChat.open(EmbeddedChat.directory());
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  /** Keeps what it is told, and can be waited for. */
  private static class Kept implements StreamingChatResponseHandler {
    final List<String> pieces = new ArrayList<>();
    final List<Throwable> errors = new ArrayList<>();
    final AtomicReference<ChatResponse> whole = new AtomicReference<>();
    final CountDownLatch over = new CountDownLatch(1);

    @Override
    public void onPartialResponse(String partialResponse) {
      pieces.add(partialResponse);
    }

    @Override
    public void onCompleteResponse(ChatResponse completeResponse) {
      whole.set(completeResponse);
      over.countDown();
    }

    @Override
    public void onError(Throwable error) {
      errors.add(error);
      over.countDown();
    }
  }

  private static ChatRequest asked(String text, int tokens, String... stops) {
    return ChatRequest.builder()
        .messages(UserMessage.from(text))
        .maxOutputTokens(tokens)
        .stopSequences(List.of(stops))
        .build();
  }

  @Test
  void piecesAreTheAnswer() throws Exception {
    TokenProbe probe =
        TokenProbe.direction("waves", 1, Tensor.of(EmbeddedChat.numbers(), EmbeddedChat.WIDTH));
    List<String> told = new ArrayList<>();
    ChatModelListener listener =
        new ChatModelListener() {
          @Override
          public void onResponse(ChatModelResponseContext context) {
            told.add(context.chatResponse().aiMessage().text());
          }

          @Override
          public void onError(ChatModelErrorContext context) {
            told.add("error");
          }
        };
    ChatRequest request = asked("When Mary and John went to the store, John gave a", 12);
    Kept kept = new Kept();
    NnsightStreamingChatModel.builder(gpt2)
        .probes(probe)
        .listeners(List.of(listener))
        .build()
        .chat(request, kept);
    assertThat(kept.over.await(20, TimeUnit.SECONDS)).isTrue();
    ChatResponse expected = NnsightChatModel.builder(gpt2).probes(probe).build().chat(request);
    assertThat(kept.errors).isEmpty();
    assertThat(String.join("", kept.pieces)).isEqualTo(expected.aiMessage().text());
    assertThat(kept.pieces.size()).isAtLeast(3);
    assertThat(kept.whole.get().aiMessage()).isEqualTo(expected.aiMessage());
    assertThat(kept.whole.get().tokenUsage()).isEqualTo(expected.tokenUsage());
    assertThat(NnsightChatResponseMetadata.of(kept.whole.get()).probes())
        .isEqualTo(NnsightChatResponseMetadata.of(expected).probes());
    assertThat(told).containsExactly(expected.aiMessage().text());
  }

  @Test
  void aStopSequenceIsInNoPiece() throws Exception {
    Kept kept = new Kept();
    NnsightStreamingChatModel.builder(gpt2).build().chat(asked(EIFFEL, 5, "is."), kept);
    assertThat(kept.over.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(String.join("", kept.pieces)).isEqualTo(" Par");
    assertThat(kept.whole.get().aiMessage().text()).isEqualTo(" Par");
  }

  /** After that the handler hears nothing, and the run has ended. */
  @Test
  void cancellingEndsTheRun() throws Exception {
    AtomicReference<Thread> thread = new AtomicReference<>();
    Kept kept =
        new Kept() {
          @Override
          public void onPartialResponse(PartialResponse partial, PartialResponseContext context) {
            super.onPartialResponse(partial.text());
            context.streamingHandle().cancel();
            assertThat(context.streamingHandle().isCancelled()).isTrue();
          }
        };
    NnsightStreamingChatModel.builder(gpt2)
        .executor(
            task -> {
              thread.set(new Thread(task));
              thread.get().start();
            })
        .build()
        .chat(asked("When Mary and John went to the store, John gave a drink", 20), kept);
    thread.get().join(20_000);
    assertThat(thread.get().isAlive()).isFalse();
    assertThat(kept.pieces).hasSize(1);
    assertThat(kept.whole.get()).isNull();
    assertThat(kept.errors).isEmpty();
  }

  @Test
  void errorsGoToTheHandler() throws Exception {
    Kept kept = new Kept();
    NnsightStreamingChatModel.builder(gpt2)
        .build()
        .chat(
            ChatRequest.builder().messages(UserMessage.from(EIFFEL)).presencePenalty(0.5).build(),
            kept);
    assertThat(kept.over.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(kept.errors).hasSize(1);
    assertThat(kept.errors.get(0)).isInstanceOf(UnsupportedFeatureException.class);
    assertThat(kept.whole.get()).isNull();
  }

  /** As with other models of LangChain4j. */
  @Test
  void whatTheHandlerThrowsGoesToItsOnError() throws Exception {
    IllegalStateException thrown = new IllegalStateException("no room");
    Kept kept =
        new Kept() {
          @Override
          public void onPartialResponse(String partialResponse) {
            super.onPartialResponse(partialResponse);
            if (pieces.size() == 1) {
              throw thrown;
            }
          }

          @Override
          public void onError(Throwable error) {
            errors.add(error);
          }
        };
    NnsightStreamingChatModel.builder(gpt2).build().chat(asked(EIFFEL, 2), kept);
    assertThat(kept.over.await(20, TimeUnit.SECONDS)).isTrue();
    assertThat(kept.errors).containsExactly(thrown);
    assertThat(kept.whole.get().aiMessage().text()).isEqualTo(" Paris.");
  }
}
