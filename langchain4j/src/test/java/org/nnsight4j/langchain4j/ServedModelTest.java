package org.nnsight4j.langchain4j;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.remote;
import static org.nnsight4j.langchain4j.EmbeddedChat.EIFFEL;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Edit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.tensor.Tensor;

/** A model on a server answers as the same model here, with edits and probes. */
final class ServedModelTest {
  @Test
  void answersScoresAndVectorsAreTheSame(@TempDir Path data) throws Exception {
    Path directory = EmbeddedChat.directory();
    ServerOptions options =
        ServerOptions.local(data, List.of(new ModelSpec("gpt2", "graph", directory.toString(), 1)))
            .withListen(new Listen("127.0.0.1", 0, "127.0.0.1", 0, null, false))
            .withInProcess(true);
    try (LanguageModel<Gpt2> gpt2 = EmbeddedChat.open(directory);
        NnsightServer server = NnsightServer.start(options)) {
      String address = "http://127.0.0.1:" + server.port();
      String key = server.firstKey().orElseThrow();
      LanguageModel<Gpt2> served = gpt2.at(remote(RemoteServer.at(address, key).quiet(), "gpt2"));
      Tensor direction = Tensor.of(EmbeddedChat.numbers(), EmbeddedChat.WIDTH);
      Edit edit =
          gpt2.edit(
              invoker ->
                  invoker.add(ControlVector.of("gpt2", java.util.Map.of(1, direction)).times(3)));
      TokenProbe probe = TokenProbe.direction("waves", 2, direction);
      ChatResponse here =
          NnsightChatModel.builder(gpt2)
              .edits(edit)
              .probes(probe)
              .build()
              .chat(UserMessage.from(EIFFEL));
      ChatResponse there =
          NnsightChatModel.builder(served)
              .edits(edit)
              .probes(probe)
              .build()
              .chat(UserMessage.from(EIFFEL));
      assertThat(there.aiMessage()).isEqualTo(here.aiMessage());
      assertThat(there.tokenUsage()).isEqualTo(here.tokenUsage());
      assertThat(NnsightChatResponseMetadata.of(there).probes())
          .isEqualTo(NnsightChatResponseMetadata.of(here).probes());
      assertThat(NnsightChatResponseMetadata.of(there).receipt().passes())
          .isEqualTo(NnsightChatResponseMetadata.of(here).receipt().passes());
      assertThat(streamed(NnsightStreamingChatModel.builder(served).edits(edit).build()))
          .isEqualTo(here.aiMessage().text());
      embeddings(gpt2, served, address, key);
    }
  }

  private static String streamed(NnsightStreamingChatModel model) throws Exception {
    StringBuilder text = new StringBuilder();
    CompletableFuture<String> whole = new CompletableFuture<>();
    model.chat(
        EIFFEL,
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String partialResponse) {
            text.append(partialResponse);
          }

          @Override
          public void onCompleteResponse(ChatResponse completeResponse) {
            whole.complete(completeResponse.aiMessage().text());
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    assertThat(whole.get(60, TimeUnit.SECONDS)).isEqualTo(text.toString());
    return text.toString();
  }

  /** Also the same as the server's answer in the form of OpenAI's API. */
  private static void embeddings(
      LanguageModel<Gpt2> gpt2, LanguageModel<Gpt2> served, String address, String key)
      throws Exception {
    float[] here = NnsightEmbeddingModel.builder(gpt2).build().embed(EIFFEL).content().vector();
    float[] there = NnsightEmbeddingModel.builder(served).build().embed(EIFFEL).content().vector();
    assertThat(there).isEqualTo(here);
    HttpRequest request =
        HttpRequest.newBuilder(URI.create(address + "/v1/embeddings"))
            .header("Authorization", "Bearer " + key)
            .POST(
                HttpRequest.BodyPublishers.ofString(
                    "{\"model\": \"gpt2\", \"input\": \"%s\"}".formatted(EIFFEL)))
            .build();
    String answer = HttpClient.newHttpClient().send(request, BodyHandlers.ofString()).body();
    String numbers = answer.replaceFirst("(?s).*\"embedding\":\\[", "").replaceFirst("(?s)].*", "");
    String[] each = numbers.split(",");
    assertThat(each).hasLength(here.length);
    for (int i = 0; i < here.length; i++) {
      assertThat(Float.parseFloat(each[i])).isWithin(1e-6f).of(here[i]);
    }
  }
}
