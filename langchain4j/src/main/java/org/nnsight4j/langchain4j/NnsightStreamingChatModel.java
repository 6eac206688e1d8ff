package org.nnsight4j.langchain4j;

import dev.langchain4j.model.chat.StreamingChatModel;
import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequest;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.PartialResponse;
import dev.langchain4j.model.chat.response.PartialResponseContext;
import dev.langchain4j.model.chat.response.StreamingChatResponseHandler;
import dev.langchain4j.model.chat.response.StreamingHandle;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.nnsight4j.LanguageModel;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * {@link NnsightChatModel} whose answers come as they are generated: a token at a time from this
 * machine, a few at a time from a server. A call returns at once, and the handler is called on
 * another thread. Cancelling ends the run at the next token; then the handler is called no more.
 * What the handler throws goes to its {@code onError}, and the answer goes on, as in other models
 * of LangChain4j.
 */
public final class NnsightStreamingChatModel implements StreamingChatModel {
  private static final Logger LOG = LoggerFactory.getLogger(NnsightStreamingChatModel.class);

  private final Chats<?> chats;
  private final NnsightChatRequestParameters parameters;
  private final List<ChatModelListener> listeners;
  private final Executor executor;

  private NnsightStreamingChatModel(Builder builder) {
    this.chats = builder.chats();
    this.parameters = builder.parameters();
    this.listeners = builder.listeners();
    this.executor = builder.executor;
  }

  /** Begins with a model. */
  public static Builder builder(LanguageModel<?> model) {
    return new Builder(model);
  }

  @Override
  public void doChat(ChatRequest chatRequest, StreamingChatResponseHandler handler) {
    Stream stream = new Stream(handler);
    executor.execute(() -> stream.run(chatRequest));
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

  /** Ends a run whose reader has cancelled. */
  private static final class Cancelled extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Cancelled() {
      super("the reader cancelled the answer", null, false, false);
    }
  }

  /** One answer on its way. */
  private final class Stream implements StreamingHandle, Consumer<String> {
    private final StreamingChatResponseHandler handler;
    private volatile boolean cancelled;

    Stream(StreamingChatResponseHandler handler) {
      this.handler = handler;
    }

    void run(ChatRequest request) {
      ChatResponse response;
      try {
        response = chats.answer(request, this);
      } catch (Throwable failure) { // Also errors of native code: nobody else would tell.
        if (!cancelled) {
          tell(failure);
        }
        return;
      }
      if (!cancelled) {
        guarded(() -> handler.onCompleteResponse(response));
      }
    }

    @Override
    public void accept(String piece) {
      if (cancelled) {
        throw new Cancelled();
      }
      if (!piece.isEmpty()) {
        guarded(
            () ->
                handler.onPartialResponse(
                    new PartialResponse(piece), new PartialResponseContext(this)));
      }
    }

    private void guarded(Runnable call) {
      try {
        call.run();
      } catch (RuntimeException e) {
        tell(e);
      }
    }

    private void tell(Throwable failure) {
      try {
        handler.onError(failure);
      } catch (RuntimeException e) {
        LOG.warn("onError of a StreamingChatResponseHandler failed", e);
      }
    }

    @Override
    public void cancel() {
      cancelled = true;
    }

    @Override
    public boolean isCancelled() {
      return cancelled;
    }
  }

  /** Builds a {@link NnsightStreamingChatModel}. */
  public static final class Builder extends ChatModelBuilder<Builder> {
    private Executor executor = Builder::onThreadOfItsOwn;

    private Builder(LanguageModel<?> model) {
      super(model);
    }

    private static void onThreadOfItsOwn(Runnable answer) {
      Thread thread = new Thread(answer, "nnsight4j-chat");
      thread.setDaemon(true);
      thread.start();
    }

    @Override
    Builder self() {
      return this;
    }

    /** Where answers are generated; a thread for each if none is given. */
    public Builder executor(Executor value) {
      this.executor = Objects.requireNonNull(value, "the executor is null");
      return this;
    }

    /**
     * The chat model.
     *
     * @throws org.nnsight4j.error.RecordingException if the model has no place of a probe, or of
     *     another width
     */
    public NnsightStreamingChatModel build() {
      return new NnsightStreamingChatModel(this);
    }
  }
}
