package org.nnsight4j.langchain4j;

import dev.langchain4j.data.message.AiMessage;
import dev.langchain4j.data.message.ChatMessage;
import dev.langchain4j.data.message.Content;
import dev.langchain4j.data.message.SystemMessage;
import dev.langchain4j.data.message.TextContent;
import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.exception.ModelNotFoundException;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.ResponseFormatType;
import dev.langchain4j.model.chat.request.ToolChoice;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Options;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.tokenizer.Message;

/** What a request of LangChain4j means for a run; what it cannot mean is refused by name. */
final class ChatMapping {
  private ChatMapping() {}

  /** Messages as chat templates see them. */
  static List<Message> messages(List<ChatMessage> messages) {
    List<Message> all = new ArrayList<>();
    for (ChatMessage message : messages) {
      all.add(message(message));
    }
    return all;
  }

  private static Message message(ChatMessage message) {
    if (message instanceof SystemMessage system) {
      return Message.system(system.text());
    }
    if (message instanceof UserMessage user) {
      Message sent = Message.user(text(user));
      return user.name() == null ? sent : sent.with("name", user.name());
    }
    if (message instanceof AiMessage answer && !answer.hasToolExecutionRequests()) {
      String thinking = answer.thinking();
      Message given = Message.assistant(answer.text() == null ? "" : answer.text());
      return thinking == null ? given : given.with("reasoning_content", thinking);
    }
    throw unsupported(
        "messages of the system, the user and the assistant",
        message instanceof AiMessage
            ? "a message that calls tools"
            : "one of the type " + message.type());
  }

  /** The text of a message, one line for each part. */
  static String text(UserMessage user) {
    StringBuilder text = new StringBuilder();
    for (Content content : user.contents()) {
      if (!(content instanceof TextContent part)) {
        throw unsupported("messages of text", "content of the type " + content.type());
      }
      text.append(text.isEmpty() ? "" : "\n").append(part.text());
    }
    return text.toString();
  }

  /**
   * The options of the run.
   *
   * @param name of the model
   * @param room how many new tokens there can be
   */
  static GenerateOptions options(ChatRequestParameters asked, String name, int room) {
    refuseOthers(asked, name);
    Integer most = asked.maxOutputTokens();
    GenerateOptions options =
        Options.maxNewTokens(most == null ? room : most).numBeams(1).numReturnSequences(1);
    options = sampling(asked, options);
    if (!asked.stopSequences().isEmpty()) {
      options = options.stopStrings(asked.stopSequences().toArray(String[]::new));
    }
    if (asked instanceof NnsightChatRequestParameters own) {
      Double penalty = own.repetitionPenalty();
      options = penalty == null ? options : options.repetitionPenalty(penalty);
    }
    return options;
  }

  /** At temperature 0 the most likely token is taken, whatever the other numbers are. */
  private static GenerateOptions sampling(ChatRequestParameters asked, GenerateOptions options) {
    Double temperature = asked.temperature();
    if (temperature != null && temperature == 0) {
      return options.doSample(false);
    }
    GenerateOptions sampled = options;
    if (temperature != null) {
      sampled = sampled.doSample().temperature(temperature);
    }
    if (asked.topP() != null) {
      sampled = sampled.doSample().topP(asked.topP());
    }
    if (asked.topK() != null) {
      sampled = sampled.doSample().topK(asked.topK());
    }
    Long seed = asked instanceof NnsightChatRequestParameters own ? own.seed() : null;
    return seed == null ? sampled : sampled.seed(seed);
  }

  private static void refuseOthers(ChatRequestParameters asked, String name) {
    if (asked.modelName() != null && !asked.modelName().equals(name)) {
      throw new ModelNotFoundException(
          "expected the model '%s', which this is, found '%s'".formatted(name, asked.modelName()));
    }
    refuse("tools", !asked.toolSpecifications().isEmpty());
    refuse("a required tool", asked.toolChoice() == ToolChoice.REQUIRED);
    refuse(
        "a response format of JSON",
        asked.responseFormat() != null && asked.responseFormat().type() == ResponseFormatType.JSON);
    refuse("frequencyPenalty; repetitionPenalty is there", isSet(asked.frequencyPenalty()));
    refuse("presencePenalty; repetitionPenalty is there", isSet(asked.presencePenalty()));
  }

  private static boolean isSet(@Nullable Double penalty) {
    return penalty != null && penalty != 0;
  }

  private static void refuse(String feature, boolean asked) {
    if (asked) {
      throw new UnsupportedFeatureException("this model does not support " + feature);
    }
  }

  private static UnsupportedFeatureException unsupported(String expected, String found) {
    return new UnsupportedFeatureException("expected %s, found %s".formatted(expected, found));
  }
}
