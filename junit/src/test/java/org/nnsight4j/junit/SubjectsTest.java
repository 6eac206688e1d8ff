package org.nnsight4j.junit;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.junit.truth.ModelSubject.models;

import com.google.common.truth.ExpectFailure;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.junit.assertj.LanguageModelAssert;
import org.nnsight4j.junit.truth.ModelSubject;
import org.nnsight4j.models.gpt2.Gpt2;

/** Failures reach Truth and AssertJ in their own ways. */
final class SubjectsTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  @Test
  void truth(@Model(from = EmbeddedModel.class) LanguageModel<Gpt2> model) {
    ModelSubject.assertThat(model).on(EIFFEL).predicts(" Paris");
    AssertionError failure =
        ExpectFailure.expectFailureAbout(
            models(), expect -> expect.that(model).on(EIFFEL).predicts(" Rome").and());
    assertThat(failure).hasMessageThat().contains("expected ' Rome', found ' Paris'");
  }

  @Test
  void assertj(@Model(from = EmbeddedModel.class) LanguageModel<Gpt2> model) {
    LanguageModelAssert.assertThat(model).on(EIFFEL).predicts(" Paris");
    AssertionError failure =
        assertThrows(
            AssertionError.class,
            () ->
                LanguageModelAssert.assertThat(model).as("capitals").on(EIFFEL).predicts(" Rome"));
    assertThat(failure).hasMessageThat().startsWith("[capitals] on 'The Eiffel Tower");
  }
}
