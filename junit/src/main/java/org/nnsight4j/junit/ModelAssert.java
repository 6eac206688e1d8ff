package org.nnsight4j.junit;

import com.google.errorprone.annotations.CheckReturnValue;
import java.util.List;
import java.util.Objects;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.tokenizer.ChatOptions;
import org.nnsight4j.tokenizer.Message;

/** A model that is about to read a prompt. */
@CheckReturnValue
public final class ModelAssert {
  private final LanguageModel<?> model;
  private final Failures failures;

  /**
   * @param failures what happens when an assertion fails
   */
  public ModelAssert(LanguageModel<?> model, Failures failures) {
    this.model = Objects.requireNonNull(model, "the model is null");
    this.failures = Objects.requireNonNull(failures, "failures is null");
  }

  /** What the model does with a text. Special tokens are added as the tokenizer does. */
  public PromptAssert on(String text) {
    Objects.requireNonNull(text, "the text is null");
    return new PromptAssert(Prompted.text(model, text), failures);
  }

  /** What the model does with token ids, which are taken as they are. */
  public PromptAssert on(long... ids) {
    return new PromptAssert(Prompted.ids(model, ids), failures);
  }

  /** What the model answers to a chat, written by the checkpoint's chat template. */
  public PromptAssert onChat(List<Message> messages) {
    return new PromptAssert(
        Prompted.ids(model, model.tokenizer().chat(messages, ChatOptions.defaults())), failures);
  }
}
