package org.nnsight4j.langchain4j;

import dev.langchain4j.model.chat.listener.ChatModelListener;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Edit;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;

/**
 * What the chat models of this package are built from.
 *
 * @param <B> the builder itself
 */
public abstract sealed class ChatModelBuilder<B extends ChatModelBuilder<B>>
    permits NnsightChatModel.Builder, NnsightStreamingChatModel.Builder {
  private final LanguageModel<?> model;
  private final List<Edit> edits = new ArrayList<>();
  private final List<Consumer<? super Invoker<?>>> interventions = new ArrayList<>();
  private final List<TokenProbe> probes = new ArrayList<>();
  private final List<ChatModelListener> listeners = new ArrayList<>();
  private NnsightChatRequestParameters parameters = NnsightChatRequestParameters.builder().build();
  private @Nullable ChatPrompt prompt;
  private String name;

  ChatModelBuilder(LanguageModel<?> model) {
    this.model = Objects.requireNonNull(model, "the model is null");
    this.name = model.blueprint().architecture();
  }

  abstract B self();

  /**
   * Adds edits to those that the model has, in front of what probes read. Receipts do not list
   * them; {@link #intervention} is listed.
   */
  public B edits(Edit... more) {
    edits.addAll(List.of(more));
    return self();
  }

  /**
   * Adds something to record on the invoker of each request before probes read, such as the
   * toolkit's {@code steer::on}, or {@code invoker -> invoker.add(vector)}. The receipt of an
   * answer lists its reads and writes.
   */
  public B intervention(Consumer<? super Invoker<?>> recorded) {
    interventions.add(Objects.requireNonNull(recorded, "the intervention is null"));
    return self();
  }

  /** Adds probes, whose scores are in each answer's metadata. */
  public B probes(TokenProbe... more) {
    return probes(List.of(more));
  }

  /** {@link #probes(TokenProbe...)} of a list. */
  public B probes(List<TokenProbe> more) {
    probes.addAll(more);
    return self();
  }

  /** Turns messages into text, in place of the checkpoint's chat template. */
  public B prompt(ChatPrompt value) {
    this.prompt = Objects.requireNonNull(value, "the prompt is null");
    return self();
  }

  /** The name of the model in answers; its architecture if none is given. */
  public B modelName(String value) {
    this.name = Objects.requireNonNull(value, "the name is null");
    return self();
  }

  /** What counts where a request does not say; {@link NnsightChatRequestParameters} has a seed. */
  public B defaultRequestParameters(ChatRequestParameters value) {
    this.parameters = NnsightChatRequestParameters.builder().overrideWith(value).build();
    return self();
  }

  /** Adds listeners, which are told of each request, answer and error. */
  public B listeners(List<? extends ChatModelListener> more) {
    listeners.addAll(more);
    return self();
  }

  Chats<?> chats() {
    return chats(model);
  }

  private <M> Chats<M> chats(LanguageModel<M> of) {
    return new Chats<>(
        edits.isEmpty() ? of : of.with(edits.toArray(Edit[]::new)),
        name,
        prompt,
        interventions,
        probes);
  }

  NnsightChatRequestParameters parameters() {
    return parameters;
  }

  List<ChatModelListener> listeners() {
    return List.copyOf(listeners);
  }
}
