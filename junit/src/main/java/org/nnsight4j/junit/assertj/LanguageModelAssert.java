package org.nnsight4j.junit.assertj;

import java.util.List;
import org.assertj.core.api.AbstractAssert;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.junit.ModelAssert;
import org.nnsight4j.junit.PromptAssert;
import org.nnsight4j.tokenizer.Message;

/**
 * Assertions about a model for AssertJ. {@code as(...)} comes before {@code on(...)}: {@code
 * assertThat(model).as("capitals").on("The capital of France is").predicts(" Paris")}.
 */
public final class LanguageModelAssert
    extends AbstractAssert<LanguageModelAssert, LanguageModel<?>> {
  private LanguageModelAssert(LanguageModel<?> actual) {
    super(actual, LanguageModelAssert.class);
  }

  /** Assertions about a model, with its edits. */
  public static LanguageModelAssert assertThat(LanguageModel<?> model) {
    return new LanguageModelAssert(model);
  }

  /** See {@link ModelAssert#on(String)}. */
  public PromptAssert on(String text) {
    return about().on(text);
  }

  /** See {@link ModelAssert#on(long...)}. */
  public PromptAssert on(long... ids) {
    return about().on(ids);
  }

  /** See {@link ModelAssert#onChat}. */
  public PromptAssert onChat(List<Message> messages) {
    return about().onChat(messages);
  }

  private ModelAssert about() {
    isNotNull();
    return new ModelAssert(
        actual,
        message -> {
          throw failure("%s", message);
        });
  }
}
