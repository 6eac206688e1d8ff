package org.nnsight4j.toolkit.patching;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

/** AtP* beside a program in torch, and exact patches of the model made by hand. */
final class AtpStarTest {
  private static final long[] CLEAN = Reference.ids(Reference.circuits().get("clean"));
  private static final long[] CORRUPTED = Reference.ids(Reference.circuits().get("corrupted"));

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/llama3", "gemma2/caps"})
  void estimatesAreThoseOfTorch(String name) {
    JsonNode expected = Reference.circuits().get("models").get(name);
    JsonNode circuits = expected.get("circuits");
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      AtpStar star =
          AtpStar.of(model)
              .answer(circuits.get("answer").asLong())
              .against(circuits.get("against").asLong());
      for (String site : new String[] {"q", "k", "v", "z"}) {
        AtpStar at = star.at(SweepSite.valueOf(site.toUpperCase(java.util.Locale.ROOT)));
        assertSame(name, at.run(CLEAN, CORRUPTED), expected.get("stars").get(site));
        AtpStarResult signed = at.withoutGradDrop().run(CLEAN, CORRUPTED);
        assertSame(name, signed, expected.get("stars").get(site + " without"));
      }
    }
  }

  private static void assertSame(String name, AtpStarResult found, JsonNode expected) {
    double most = 0;
    for (JsonNode layer : expected) {
      for (JsonNode head : layer) {
        most =
            Math.max(most, Arrays.stream(Reference.numbers(head)).map(Math::abs).max().orElse(0));
      }
    }
    for (int layer = 0; layer < expected.size(); layer++) {
      double[][] own = Reference.matrix(expected.get(layer));
      for (int head = 0; head < own.length; head++) {
        for (int p = 0; p < own[head].length; p++) {
          assertWithMessage("%s layer %s head %s position %s", name, layer, head, p)
              .that(found.change(layer, p, head))
              .isWithin(2e-4 * most)
              .of(own[head][p]);
        }
      }
    }
  }

  /** A key that is looked at with certainty or not at all: the plain estimate is 36.4, not 10. */
  @Test
  void sharpAttentionIsEstimatedExactly() {
    long[] clean = Arrays.copyOf(ToyModel.CLEAN, ToyModel.QUERY + 1);
    long[] corrupted = Arrays.copyOf(ToyModel.CORRUPT, ToyModel.QUERY + 1);
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      AtpStar star =
          AtpStar.of(toy).answer(ToyModel.ANSWER).against(0).at(SweepSite.K).withoutGradDrop();
      AtpStarResult keys = star.run(clean, corrupted);
      AttributionPatchingResult plain =
          AttributionPatching.of(toy)
              .at(SweepSite.K)
              .answer(ToyModel.ANSWER)
              .against(0)
              .run(clean, corrupted);
      ActivationPatchingResult truth =
          ActivationPatching.of(toy)
              .at(SweepSite.K)
              .everyPosition()
              .answer(ToyModel.ANSWER)
              .against(0)
              .run(clean, corrupted);
      double exact = truth.measure(0, 1, 3, 0) - keys.corrupted();
      assertThat(exact).isWithin(1e-3).of(10);
      assertThat(keys.change(1, 3, 0)).isWithin(1e-3).of(exact);
      assertThat(plain.change(1, 3, 0)).isGreaterThan(30);
      assertThat(keys.top(1).get(0).position()).isEqualTo(3);
      // Noising a key that has all the attention: the gradient is 0, the effect is not.
      AtpStarResult noised = star.noise().run(clean, corrupted);
      ActivationPatchingResult lost =
          ActivationPatching.of(toy)
              .at(SweepSite.K)
              .everyPosition()
              .noise()
              .answer(ToyModel.ANSWER)
              .against(0)
              .run(clean, corrupted);
      assertThat(noised.change(1, 3, 0))
          .isWithin(1e-3)
          .of(noised.clean() - lost.measure(0, 1, 3, 0));
      assertThat(noised.change(1, 3, 0)).isGreaterThan(5);
    }
  }

  @Test
  void saysWhatItCannotDo() {
    try (LanguageModel<AnyModel> model = Reference.open("llama/llama3")) {
      AtpStar star = AtpStar.of(model);
      assertThat(assertThrows(RunException.class, () -> star.at(SweepSite.RESID_PRE)))
          .hasMessageThat()
          .startsWith("expected what a layer reads or adds");
      assertThat(assertThrows(RunException.class, () -> star.run(CLEAN, CORRUPTED)))
          .hasMessageThat()
          .startsWith("no answer was given");
      assertThat(
              assertThrows(
                  RunException.class, () -> star.answer(4).run(CLEAN, Arrays.copyOf(CORRUPTED, 3))))
          .hasMessageThat()
          .startsWith("expected two prompts of as many tokens");
    }
  }
}
