package org.nnsight4j.toolkit.patching;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.attribution.DirectLogitAttribution;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

/** On the model made by hand, all of whose numbers are closed forms. */
final class PatchingTest {
  private static final long[] CLEAN = Arrays.copyOf(ToyModel.CLEAN, ToyModel.QUERY + 1);
  private static final long[] CORRUPT = Arrays.copyOf(ToyModel.CORRUPT, ToyModel.QUERY + 1);
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  @TempDir private Path folder;

  private static ActivationPatching patching(LanguageModel<AnyModel> toy) {
    // In the corrupted run attention is uniform, and 8 is as likely as 4.
    return ActivationPatching.of(toy).answer(ToyModel.ANSWER).against(8);
  }

  /** The figure of textbooks: what was at 2 is at 3 after layer 0, and at 10 after layer 1. */
  @Test
  void patchesFollowTheInformation() {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      ActivationPatchingResult before = patching(toy).run(CLEAN, CORRUPT);
      assertThat(before.clean(0)).isWithin(1e-3).of(10);
      assertThat(before.corrupted(0)).isWithin(1e-3).of(0);
      ActivationPatchingResult noised = patching(toy).noise().run(CLEAN, CORRUPT);
      ActivationPatchingResult after = patching(toy).at(SweepSite.RESID_POST).run(CLEAN, CORRUPT);
      ActivationPatchingResult z =
          patching(toy).at(SweepSite.Z).everyPosition().run(CLEAN, CORRUPT);
      for (int p = 0; p < CLEAN.length; p++) {
        assertEffect(before.effect(0, p, 0), p == 2);
        // In the corrupted run all tokens are looked at, so the 8 itself adds to its own logit.
        double own = p == 2 ? 1.0 / 11 : 0;
        assertEffect(before.effect(1, p, 0) - own, p == 3);
        assertEffect(noised.effect(0, p, 0), p == 2);
        assertThat(noised.effect(1, p, 0)).isWithin(1e-3).of(p == 3 ? 10.0 / 11 : 0);
        assertEffect(after.effect(0, p, 0) - own, p == 3);
        assertEffect(after.effect(1, p, 0), p == 10);
        assertEffect(z.effect(0, p, 0), p == 3);
        assertEffect(z.effect(1, p, 0), p == 10);
      }
      ActivationPatchingResult heads = patching(toy).at(SweepSite.Z).run(CLEAN, CORRUPT);
      assertEffect(heads.effect(0, 0, 0), true);
      assertEffect(heads.effect(1, 0, 0), true);
      ActivationPatchingResult keys =
          patching(toy).at(SweepSite.K).everyPosition().run(CLEAN, CORRUPT);
      for (int p = 0; p < CLEAN.length; p++) {
        // The last head finds the token after the first copy by its key, which says what was
        // before.
        assertEffect(keys.effect(1, p, 0), p == 3);
      }
      assertThat(heads.figure().text(80)).contains("head 0");
      assertThat(before.figure().svg()).contains("brings back");
      assertThat(before.probability(0, 0, 2, 0)).isWithin(1e-3).of(1);
    }
  }

  private static void assertEffect(double found, boolean all) {
    assertThat(found).isWithin(1e-3).of(all ? 1 : 0);
  }

  /** Sharp attention: the estimate is {@code g beta / 11}, about 36.4, and the truth 10. */
  @Test
  void attributionIsFarOffWhereAttentionIsSharp() {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      AttributionPatching attribution =
          AttributionPatching.of(toy).answer(ToyModel.ANSWER).against(0);
      AttributionPatchingResult found = attribution.run(CLEAN, CORRUPT);
      assertThat(found.change(0, 2, 0))
          .isWithin(0.05)
          .of(ToyModel.GAIN * ToyModel.SHARPNESS / CLEAN.length);
      ActivationPatchingResult truth =
          ActivationPatching.of(toy).answer(ToyModel.ANSWER).against(0).run(CLEAN, CORRUPT);
      assertThat(truth.measure(0, 0, 2, 0)).isWithin(1e-3).of(ToyModel.GAIN);
      AttributionPatchingResult heads = attribution.at(SweepSite.Z).run(CLEAN, CORRUPT);
      // The values of the last head are linear in the logits: there the estimate is exact.
      assertThat(heads.change(1, 10, 0)).isWithin(1e-2).of(found.clean() - found.corrupted());
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/usual", "gpt_neox/parallel", "gemma2/caps"})
  void estimatesAndTruthAgreeForSmallChanges(String name) {
    long[] clean = {3, 17, 9, 24};
    long[] corrupted = {3, 11, 9, 24};
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      ActivationPatchingResult truth =
          ActivationPatching.of(model)
              .at(SweepSite.RESID_POST)
              .answer(4)
              .against(7)
              .run(clean, corrupted);
      AttributionPatchingResult estimate =
          AttributionPatching.of(model)
              .at(SweepSite.RESID_POST)
              .answer(4)
              .against(7)
              .run(clean, corrupted);
      assertThat(estimate.clean()).isWithin(1e-4).of(truth.clean(0));
      assertThat(estimate.corrupted()).isWithin(1e-4).of(truth.corrupted(0));
      assertWithMessage(name).that(estimate.rankCorrelation(truth)).isGreaterThan(0.5);
      // Where both runs are the same there is nothing to patch.
      assertThat(estimate.change(0, 0, 0)).isEqualTo(0);
      assertThat(truth.effect(0, 0, 0)).isWithin(1e-6).of(0);
    }
  }

  private static String difference(
      AttributionPatchingResult estimate, ActivationPatching patching, long... prompts) {
    ActivationPatchingResult truth =
        patching.run(Arrays.copyOf(prompts, 4), Arrays.copyOfRange(prompts, 4, 8));
    return assertThrows(RunException.class, () -> estimate.rankCorrelation(truth)).getMessage();
  }

  @Test
  void onlyResultsOfTheSameQuestionAreCompared() {
    long[] clean = {3, 17, 9, 24};
    long[] corrupted = {3, 11, 9, 24};
    long[] both = {3, 17, 9, 24, 3, 11, 9, 24};
    try (LanguageModel<AnyModel> model = Reference.open("two-heads");
        LanguageModel<AnyModel> llama = Reference.open("llama/usual")) {
      AttributionPatchingResult z =
          AttributionPatching.of(model).at(SweepSite.Z).answer(4).against(7).run(clean, corrupted);
      ActivationPatching patching = ActivationPatching.of(model).answer(4).against(7);
      ActivationPatching same = patching.at(SweepSite.Z);
      assertThat(difference(z, patching, both))
          .isEqualTo(
              "expected two results of the same question, but at(site) differs: z here, resid_pre in the other result");
      assertThat(difference(z, same.noise(), both))
          .contains("the direction differs: denoise() here, noise()");
      assertThat(difference(z, same.answer(5), both)).contains("the answer differs: ");
      assertThat(difference(z, same.against(5), both)).contains("against differs: ");
      assertThat(difference(z, same, 3, 17, 9, 25, 3, 11, 9, 25))
          .endsWith(
              "the clean prompts differs: [[3, 17, 9, 24]] here, [[3, 17, 9, 25]] in the other result");
      assertThat(difference(z, same, 3, 17, 9, 24, 3, 12, 9, 24))
          .contains("the corrupted prompts differs");
      assertThat(
              difference(
                  z, ActivationPatching.of(llama).at(SweepSite.Z).answer(4).against(7), both))
          .contains("the model differs: gpt2 here, llama");
      assertThat(z.rankCorrelation(same.everyPosition().run(clean, corrupted))).isGreaterThan(0.5);
      // Heads at all positions together, which is the default there: sums, by Spearman's formula.
      ActivationPatchingResult heads = same.run(clean, corrupted);
      double[] sums = new double[4];
      double[] truths = new double[4];
      for (int i = 0; i < 4; i++) {
        for (int p = 0; p < 4; p++) {
          sums[i] += z.effect(i / 2, p, i % 2);
        }
        truths[i] = heads.effect(i / 2, 0, i % 2);
      }
      double squares = 0;
      for (int i = 0; i < 4; i++) {
        double own = sums[i];
        double other = truths[i];
        long rank = Arrays.stream(sums).filter(each -> each < own).count();
        squares += Math.pow(rank - Arrays.stream(truths).filter(each -> each < other).count(), 2);
      }
      assertThat(z.rankCorrelation(heads)).isWithin(1e-9).of(1 - 6 * squares / (4 * 15));
    }
  }

  @Test
  void indicesThatThereAreNotAreNamed() {
    long[] clean = {3, 17, 9, 24};
    long[] corrupted = {3, 11, 9, 24};
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      ActivationPatching patching = ActivationPatching.of(model).answer(4);
      ActivationPatchingResult found = patching.run(clean, corrupted);
      assertThat(assertThrows(RunException.class, () -> found.effect(2, 0, 0)))
          .hasMessageThat()
          .isEqualTo("layer 2 does not exist: there are 2, so 0 to 1, or -1 to -2 from the end");
      assertThat(assertThrows(RunException.class, () -> found.effect(0, 0, 3)))
          .hasMessageThat()
          .isEqualTo("head 3 does not exist: resid_pre has no heads, so only 0");
      assertThat(assertThrows(RunException.class, () -> found.measure(1, 0, 0, 0)))
          .hasMessageThat()
          .startsWith("pair 1 does not exist: there is 1");
      assertThat(found.effect(-1, -1, 0)).isEqualTo(found.effect(1, 3, 0));
      ActivationPatchingResult heads = patching.at(SweepSite.Z).run(clean, corrupted);
      assertThat(assertThrows(RunException.class, () -> heads.effect(0, 1, 0)))
          .hasMessageThat()
          .contains("all positions were patched together, so only 0");
      AttributionPatchingResult estimate =
          AttributionPatching.of(model).answer(4).run(clean, corrupted);
      assertThat(assertThrows(RunException.class, () -> estimate.change(2, 0, 0)))
          .hasMessageThat()
          .startsWith("layer 2 does not exist");
      assertThat(assertThrows(RunException.class, () -> estimate.change(0, 0, 1)))
          .hasMessageThat()
          .startsWith("head 1 does not exist: resid_pre has no heads");
      AtpStarResult star = AtpStar.of(model).answer(4).run(clean, corrupted);
      assertThat(assertThrows(RunException.class, () -> star.top(-1)))
          .hasMessageThat()
          .isEqualTo("expected how many to give, from 0 on, found -1");
      assertThat(assertThrows(NullPointerException.class, () -> patching.progress(null)))
          .hasMessageThat()
          .startsWith("the progress listener is null");
    }
  }

  @Test
  void patchingAndItsEstimatesRefuseEditsInTheSameWords() {
    long[] clean = {3, 17, 9, 24};
    long[] corrupted = {3, 11, 9, 24};
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      LanguageModel<AnyModel> edited =
          model.with(
              model.edit(
                  invoker -> {
                    var stream = invoker.model().layer(0).output();
                    stream.set(stream.mul(2));
                  }));
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> ActivationPatching.of(edited).answer(4).run(clean, corrupted)))
          .hasMessageThat()
          .startsWith(
              "this model has edits (1), and activation patching knows only the checkpoint's own parts; ");
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> AttributionPatching.of(edited).answer(4).run(clean, corrupted)))
          .hasMessageThat()
          .startsWith(
              "this model has edits (1), and attribution patching knows only the checkpoint's own parts; ");
      assertThat(
              assertThrows(
                  RunException.class, () -> AtpStar.of(edited).answer(4).run(clean, corrupted)))
          .hasMessageThat()
          .startsWith("this model has edits (1), and AtP* knows only the checkpoint's own parts; ");
      assertThat(
              assertThrows(
                  RunException.class, () -> DirectLogitAttribution.of(edited).answer(4).run(clean)))
          .hasMessageThat()
          .startsWith(
              "this model has edits (1), and direct logit attribution knows only the checkpoint's own parts; ");
    }
  }

  @Test
  void progressEndsWithTheLastPart() {
    List<Long> heard = new ArrayList<>();
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      assertThat(
              ActivationPatching.of(model)
                  .answer(4)
                  .progress((done, all) -> heard.add(done * 100 + all))
                  .run(new long[] {3, 17, 9, 24}, new long[] {3, 11, 9, 24})
                  .toJson())
          .isNotEmpty();
    }
    assertThat(heard).isInStrictOrder();
    assertThat(heard.get(0)).isLessThan(200);
    long last = heard.get(heard.size() - 1);
    assertThat(last / 100).isEqualTo(last % 100);
  }

  @Test
  void withoutTheKeyTheAnswerIsGone() {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      AttentionKnockout knockout = AttentionKnockout.of(toy).answer(ToyModel.ANSWER).keys(3);
      AttentionKnockoutResult found = knockout.run(CLEAN);
      double certain = Math.exp(10) / (Math.exp(10) + 9);
      assertThat(found.clean()).isWithin(1e-4).of(certain);
      assertThat(found.probability(0)).isWithin(1e-4).of(certain);
      // Attention is uniform over the ten other keys: 3 and 1 were there twice, 4 never.
      double all = 2 * Math.exp(2) + 6 * Math.exp(1) + 2;
      assertThat(found.probability(1)).isWithin(1e-4).of(1 / all);
      assertThat(found.change(1)).isLessThan(-0.9);
      assertThat(knockout.window(2).run(CLEAN).probability(0)).isWithin(1e-4).of(1 / all);
      // A key after the query is not seen anyway.
      assertThat(AttentionKnockout.of(toy).answer(4).queries(2).keys(3).run(CLEAN).change(1))
          .isEqualTo(0);
      assertThat(found.figure().svg()).contains("nothing blocked");
      assertThat(found.toJson()).contains("\"window\":1");
      assertThat(assertThrows(RunException.class, () -> knockout.queries(0).keys(0).run(CLEAN)))
          .hasMessageThat()
          .contains("position 0 could see nothing at all");
    }
  }

  @Test
  void noiseOnTheSubjectIsTracedToWhereItIsRestored() throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      CausalTracing tracing =
          CausalTracing.of(gpt2).answer(" Paris").subject(1, 2).samples(2).window(2);
      CausalTracingResult found = tracing.run(EIFFEL);
      assertThat(found.corrupted()).isLessThan(found.clean() / 2);
      // The last token's stream after the last layer is all that is read.
      assertThat(found.probability(3, -1)).isWithin(1e-5).of(found.clean());
      assertThat(found.effect(3, 0)).isWithin(1e-5).of(0);
      assertThat(tracing.run(EIFFEL).toJson()).isEqualTo(found.toJson());
      assertThat(found.figure().html()).contains("_Eiffel*");
      CausalTracingResult silent =
          tracing.level(0).samples(1).restore(CausalTracing.Restored.MLP).run(EIFFEL);
      assertThat(silent.corrupted()).isWithin(1e-6).of(silent.clean());
      assertThat(silent.probability(1, 3)).isWithin(1e-5).of(silent.clean());
    }
  }

  @Test
  void aVectorInItsOwnPlaceChangesNothingAndInAnotherSaysWhatItKnows() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Patchscope scope = Patchscope.of(gpt2).maxNewTokens(1);
      PatchscopeResult own = scope.run(EIFFEL, EIFFEL);
      PatchscopeResult other = scope.run(EIFFEL, "The Colosseum is in the city of");
      for (int layer = 0; layer < 4; layer++) {
        assertThat(own.text(layer)).isEqualTo(" Paris");
      }
      assertThat(other.text(3)).isEqualTo(" Paris");
      assertThat(scope.targetLayer(3).run(EIFFEL, "The").text(3)).isEqualTo(" Paris");
      assertThat(other.toString()).contains("_of (7) read in place of _of");
      assertThat(other.toJson()).contains("\"texts\"");
      assertThat(scope.cost(EIFFEL, EIFFEL).passes()).isEqualTo(5);
    }
  }

  @Test
  void showsItselfAndItsCost() throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      String rome = "The Eiffel Tower is in the capital of";
      ActivationPatching patching = ActivationPatching.of(gpt2).answer(" Paris");
      ActivationPatchingResult found = patching.run(List.of(EIFFEL), List.of(rome));
      JsonNode json = new ObjectMapper().readTree(found.toJson());
      assertThat(json.get("effects")).hasSize(32);
      assertThat(found.toString()).contains("log-probability of _Paris");
      assertThat(patching.cost(EIFFEL, rome).passes()).isLessThan(20);
    }
  }

  /** Tokens of this model see only themselves, so the two runs differ by rounding at most. */
  @Test
  void refusesPromptsWithTheSameAnswer() {
    try (LanguageModel<AnyModel> model = Reference.open("gpt_neo/local-untied")) {
      ActivationPatching patching = ActivationPatching.of(model).answer(4).against(7);
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> patching.run(new long[] {3, 17, 9, 5}, new long[] {3, 17, 11, 5})))
          .hasMessageThat()
          .startsWith("both prompts of pair 0 give the same measure (3.03");
    }
  }

  @Test
  void refusesPromptsThatDoNotAlign() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      ActivationPatching patching = ActivationPatching.of(gpt2).answer(" Paris");
      assertThat(assertThrows(RunException.class, () -> patching.run(EIFFEL, "The Colosseum")))
          .hasMessageThat()
          .startsWith("expected two prompts of as many tokens");
      assertThat(assertThrows(RunException.class, () -> patching.run(EIFFEL, EIFFEL)))
          .hasMessageThat()
          .startsWith("expected two prompts that differ");
      assertThat(
              assertThrows(
                  RunException.class, () -> ActivationPatching.of(gpt2).run(EIFFEL, EIFFEL)))
          .hasMessageThat()
          .startsWith("no answer was given");
      assertThat(
              assertThrows(
                  RunException.class, () -> AttributionPatching.of(gpt2).at(SweepSite.PATTERN)))
          .hasMessageThat()
          .contains("ActivationPatching has it");
    }
  }
}
