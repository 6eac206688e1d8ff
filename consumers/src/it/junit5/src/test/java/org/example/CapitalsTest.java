package org.example;

import static org.nnsight4j.junit.ModelAssertions.assertThat;

import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.junit.Model;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** Tests of a model, as a user writes them. */
class CapitalsTest {
  static class Embedded implements Supplier<LanguageModel<EmbeddedGpt2>> {
    @Override
    public LanguageModel<EmbeddedGpt2> get() {
      return EmbeddedGpt2.open();
    }
  }

  @Model(from = Embedded.class)
  LanguageModel<EmbeddedGpt2> model;

  @Test
  void knowsWhereTheEiffelTowerIs() {
    assertThat(model)
        .on("The Eiffel Tower is in the city of")
        .predicts(" Paris")
        .withProbabilityAtLeast(0.5);
  }

  @Test
  void failsOnPurpose(@Model(from = Embedded.class) LanguageModel<?> other) {
    assertThat(other).on("The Eiffel Tower is in the city of").predicts(" Rome");
  }
}
