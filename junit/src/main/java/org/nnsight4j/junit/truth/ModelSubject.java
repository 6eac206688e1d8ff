package org.nnsight4j.junit.truth;

import static com.google.common.truth.Fact.simpleFact;

import com.google.common.truth.FailureMetadata;
import com.google.common.truth.Subject;
import com.google.common.truth.Truth;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.junit.ModelAssert;
import org.nnsight4j.junit.PromptAssert;
import org.nnsight4j.tokenizer.Message;

/**
 * Assertions about a model for Truth. {@link #models} works with {@code assertWithMessage}, {@code
 * assume} and {@code Expect}: {@code expect.about(models()).that(model).on(...)}.
 */
public final class ModelSubject extends Subject {
  private final @Nullable LanguageModel<?> actual;

  private ModelSubject(FailureMetadata metadata, @Nullable LanguageModel<?> actual) {
    super(metadata, actual);
    this.actual = actual;
  }

  /** Assertions about a model, with its edits. */
  public static ModelSubject assertThat(LanguageModel<?> model) {
    return Truth.assertAbout(models()).that(model);
  }

  /** For {@code about(models())}. */
  public static Subject.Factory<ModelSubject, LanguageModel<?>> models() {
    return ModelSubject::new;
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
    return new ModelAssert(
        Objects.requireNonNull(actual, "the model is null"),
        message -> failWithoutActual(simpleFact(message)));
  }
}
