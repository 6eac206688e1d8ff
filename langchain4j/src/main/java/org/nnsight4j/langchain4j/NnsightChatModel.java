package org.nnsight4j.langchain4j;

import dev.langchain4j.model.chat.ChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.tokenizer.Message;

/**
 * A language model as a chat model of LangChain4j: on this machine, or on a server by {@link
 * LanguageModel#at}. The metadata of an answer is {@link NnsightChatResponseMetadata}. Thread-safe;
 * who opened the model closes it.
 *
 * <p>Without parameters the checkpoint decides how to generate, as in Hugging Face, and an answer
 * has as many tokens as there are positions for, at most 4096. Tools, JSON, penalties of frequency
 * and presence, and content that is not text are refused.
 */
public final class NnsightChatModel implements ChatModel {
  private final Chats<?> chats;
  private final NnsightChatRequestParameters parameters;
  private final List<ChatModelListener> listeners;

  private NnsightChatModel(Builder builder) {
    this.chats = builder.chats();
    this.parameters = builder.parameters();
    this.listeners = builder.listeners();
  }

  /** Begins with a model. */
  public static Builder builder(LanguageModel<?> model) {
    return new Builder(model);
  }

  @Override
  public ChatResponse doChat(ChatRequest chatRequest) {
    return chats.answer(chatRequest, null);
  }

  @Override
  public ChatRequestParameters defaultRequestParameters() {
    return parameters;
  }

  @Override
  public List<ChatModelListener> listeners() {
    return listeners;
  }

  /** The name of the model in answers. */
  public String modelName() {
    return chats.name();
  }

  /** Where a probe reads, in words. */
  String placeOf(String probe) {
    return chats.probe(probe).place();
  }

  /** The scores of what a user says, in a pass that ends where the probe reads. */
  ProbeScores promptScores(String probe, String text) {
    return chats.promptScores(probe, List.of(Message.user(text)));
  }

  /** Builds a {@link NnsightChatModel}. */
  public static final class Builder extends ChatModelBuilder<Builder> {
    private Builder(LanguageModel<?> model) {
      super(model);
    }

    @Override
    Builder self() {
      return this;
    }

    /**
     * The chat model.
     *
     * @throws org.nnsight4j.error.RecordingException if the model has no place of a probe, or of
     *     another width
     */
    public NnsightChatModel build() {
      return new NnsightChatModel(this);
    }
  }
}
