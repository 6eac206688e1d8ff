package org.example;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.guardrail.InputGuardrailException;
import dev.langchain4j.guardrail.OutputGuardrailException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.service.AiServices;
import dev.langchain4j.service.Result;
import dev.langchain4j.store.embedding.CosineSimilarity;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.langchain4j.ChatPrompt;
import org.nnsight4j.langchain4j.NnsightChatModel;
import org.nnsight4j.langchain4j.NnsightChatRequestParameters;
import org.nnsight4j.langchain4j.NnsightEmbeddingModel;
import org.nnsight4j.langchain4j.NnsightStreamingChatModel;
import org.nnsight4j.langchain4j.Pooling;
import org.nnsight4j.langchain4j.ProbeInputGuardrail;
import org.nnsight4j.langchain4j.ProbeOutputGuardrail;
import org.nnsight4j.langchain4j.ScoreOf;
import org.nnsight4j.langchain4j.TokenProbe;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.toolkit.probe.LinearProbes;
import org.nnsight4j.toolkit.steering.Steer;
import org.nnsight4j.toolkit.steering.SteeringVectors;

/**
 * A guide to cities who is asked about places alone, and does not speak of Italy: one guardrail
 * reads what a question is about, the other what an answer is going to be.
 */
public final class Guide {
  private static final List<String> IN_ITALY =
      List.of(
          "The Colosseum is in the city of",
          "The capital of Italy is",
          "The Roman Forum is in the city of",
          "The Trevi Fountain is in the city of",
          "The Pantheon is in the city of");
  private static final List<String> IN_FRANCE =
      List.of(
          "The Eiffel Tower is in the city of",
          "The capital of France is",
          "The Louvre is in the city of",
          "The Arc de Triomphe is in the city of",
          "Notre Dame is in the city of");
  private static final List<String> BOOKS =
      List.of(
          "Hamlet was written by",
          "The author of Dracula is",
          "Moby Dick was written by",
          "The author of Emma is",
          "Animal Farm was written by");

  private Guide() {}

  // snippet: service
  /** What LangChain4j makes a service of. */
  interface Answers {
    Result<String> answer(String question);
  }

  // end

  /** Asks three questions, and prints what became of them. */
  public static void main(String[] arguments) throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      NnsightChatModel model = model(gpt2);
      Answers answers = guarded(model);
      for (String question :
          List.of(
              "The Eiffel Tower is in the city of",
              "The Colosseum is in the city of",
              "Hamlet was written by")) {
        try {
          System.out.println(question + answers.answer(question).content());
        } catch (OutputGuardrailException e) {
          System.out.println(question + " ... " + e.getMessage());
        } catch (InputGuardrailException e) {
          System.out.println(question + "? " + e.getMessage());
        }
      }
      System.out.println("streamed:" + streamed(gpt2));
      System.out.println("nearest: " + nearest(gpt2));
    }
  }

  private static NnsightChatModel model(LanguageModel<Gpt2> gpt2) {
    // snippet: model
    LinearProbe italy =
        LinearProbes.of(gpt2).positions(-1).run(IN_ITALY, IN_FRANCE).probe(2, -1);
    LinearProbe place = LinearProbes.of(gpt2).positions(-1).run(IN_FRANCE, BOOKS).probe(1, -1);
    ChatPrompt lastMessage =
        messages -> String.valueOf(messages.get(messages.size() - 1).fields().get("content"));
    NnsightChatModel model =
        NnsightChatModel.builder(gpt2)
            .probes(TokenProbe.of("italy", 2, italy), TokenProbe.of("place", 1, place))
            .prompt(lastMessage) // for this checkpoint, which has no chat template
            .defaultRequestParameters(
                NnsightChatRequestParameters.builder().temperature(0.0).maxOutputTokens(1).build())
            .build();
    // end
    return model;
  }

  private static Answers guarded(NnsightChatModel model) {
    // snippet: guardrails
    Answers answers =
        AiServices.builder(Answers.class)
            .chatModel(model)
            .inputGuardrails(
                ProbeInputGuardrail.below(model, "place", 0).of(ScoreOf.LAST_TOKEN))
            .outputGuardrails(ProbeOutputGuardrail.above("italy", 2))
            .build();
    // end
    return answers;
  }

  private static String streamed(LanguageModel<Gpt2> gpt2) throws Exception {
    // snippet: streaming
    Steer italian =
        Steer.by(SteeringVectors.of(gpt2).differenceOfMeans(IN_ITALY, IN_FRANCE)).layers(1);
    NnsightStreamingChatModel streaming =
        NnsightStreamingChatModel.builder(gpt2)
            .intervention(italian.strength(2)::on)
            .prompt(messages -> "The Eiffel Tower is in the city of")
            .build();
    StringBuilder text = new StringBuilder();
    CompletableFuture<ChatResponse> whole = new CompletableFuture<>();
    streaming.chat(
        "Where is it?",
        new StreamingChatResponseHandler() {
          @Override
          public void onPartialResponse(String partialResponse) {
            text.append(partialResponse);
          }

          @Override
          public void onCompleteResponse(ChatResponse completeResponse) {
            whole.complete(completeResponse);
          }

          @Override
          public void onError(Throwable error) {
            whole.completeExceptionally(error);
          }
        });
    // end
    return whole.get().finishReason() + text.toString();
  }

  private static String nearest(LanguageModel<Gpt2> gpt2) {
    // snippet: embedding
    EmbeddingModel embeddings =
        NnsightEmbeddingModel.builder(gpt2).layer(2).pooling(Pooling.LAST).build();
    Embedding hamlet = embeddings.embed("Hamlet was written by").content();
    Embedding macbeth = embeddings.embed("Macbeth was written by").content();
    Embedding louvre = embeddings.embed("The Louvre is in the city of").content();
    boolean near =
        CosineSimilarity.between(hamlet, macbeth) > CosineSimilarity.between(hamlet, louvre);
    // end
    return near ? "Macbeth" : "the Louvre";
  }
}
