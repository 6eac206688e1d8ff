package org.nnsight4j.junit;

import org.nnsight4j.LanguageModel;
import org.opentest4j.AssertionFailedError;

/**
 * Assertions about a model: {@code assertThat(model).on("The Eiffel Tower is in the city
 * of").predicts(" Paris").withProbabilityAtLeast(0.5)}.
 *
 * <p>With Truth or AssertJ in the project, {@link org.nnsight4j.junit.truth.ModelSubject} and
 * {@link org.nnsight4j.junit.assertj.LanguageModelAssert} say the same in their ways.
 */
public final class ModelAssertions {
  private ModelAssertions() {}

  /** Assertions about a model, with its edits. */
  public static ModelAssert assertThat(LanguageModel<?> model) {
    return new ModelAssert(
        model,
        message -> {
          throw new AssertionFailedError(message);
        });
  }
}
