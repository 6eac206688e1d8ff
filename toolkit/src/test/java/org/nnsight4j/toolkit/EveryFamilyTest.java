package org.nnsight4j.toolkit;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.activations.MaxActivations;
import org.nnsight4j.toolkit.activations.MaxActivationsResult;
import org.nnsight4j.toolkit.attention.AttentionPatterns;
import org.nnsight4j.toolkit.attention.HeadScores;
import org.nnsight4j.toolkit.attribution.DirectLogitAttribution;
import org.nnsight4j.toolkit.attribution.GeneratedAttributionResult;
import org.nnsight4j.toolkit.attribution.InputAttribution;
import org.nnsight4j.toolkit.interchange.Counterfactual;
import org.nnsight4j.toolkit.interchange.DistributedAlignmentSearch;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.lens.JacobianLens;
import org.nnsight4j.toolkit.lens.LogitLens;
import org.nnsight4j.toolkit.lens.LogitLensResult;
import org.nnsight4j.toolkit.lens.TunedLens;
import org.nnsight4j.toolkit.patching.ActivationPatching;
import org.nnsight4j.toolkit.patching.ActivationPatchingResult;
import org.nnsight4j.toolkit.patching.AttentionKnockout;
import org.nnsight4j.toolkit.patching.AttentionKnockoutResult;
import org.nnsight4j.toolkit.patching.AttributionPatching;
import org.nnsight4j.toolkit.patching.CausalTracing;
import org.nnsight4j.toolkit.patching.CausalTracingResult;
import org.nnsight4j.toolkit.reference.Reference;

/** Each analysis of a prompt works on each family: closed relations that hold for all weights. */
final class EveryFamilyTest {
  private static final long[] CLEAN = {3, 17, 9, 5};
  private static final long[] CORRUPTED = {3, 17, 11, 5};

  /** Together they have each way of attention, of sums, of experts and of positions. */
  private static final Set<String> BY_DAY =
      Set.of(
          "two-heads",
          "llama/usual",
          "gpt_neox/parallel",
          "gemma2/caps",
          "bloom/untied",
          "gpt_oss",
          "mixtral",
          "olmo2");

  static Stream<String> families() {
    return Reference.FAMILIES.stream().filter(BY_DAY::contains);
  }

  static Stream<String> others() {
    return Reference.FAMILIES.stream().filter(family -> !BY_DAY.contains(family));
  }

  @ParameterizedTest
  @MethodSource("others")
  @Tag("nightly")
  void allAnalysesRunOnTheOthers(String name) throws Exception {
    allAnalysesRun(name);
  }

  @ParameterizedTest
  @MethodSource("families")
  void allAnalysesRun(String name) throws Exception {
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      int layers = LogitLens.of(model).run(CLEAN).layers().size();

      ActivationPatching patching = ActivationPatching.of(model).answer(4).against(7);
      ActivationPatchingResult stream = patching.run(CLEAN, CORRUPTED);
      // Position 0 is the same in both runs, and all of layer 0's stream at 2 is all there is.
      assertWithMessage(name).that(stream.effect(0, 0, 0)).isWithin(1e-4).of(0);
      assertWithMessage(name).that(stream.effect(0, 2, 0)).isWithin(1e-3).of(1);
      ActivationPatchingResult heads = patching.at(SweepSite.Z).run(CLEAN, CORRUPTED);
      assertThat(Double.isFinite(heads.effect(layers - 1, 0, 0))).isTrue();
      assertThat(
              AttributionPatching.of(model)
                  .answer(4)
                  .against(7)
                  .run(CLEAN, CORRUPTED)
                  .change(0, 0, 0))
          .isEqualTo(0);

      AttentionKnockoutResult nothing =
          AttentionKnockout.of(model).answer(4).queries(1).keys(2).run(CLEAN);
      assertWithMessage(name).that(nothing.change(0)).isWithin(1e-5).of(0);

      CausalTracing tracing = CausalTracing.of(model).answer(4).subject(1).samples(1);
      CausalTracingResult traced = tracing.run(CLEAN);
      assertWithMessage(name)
          .that(traced.probability(layers - 1, -1))
          .isWithin(1e-4)
          .of(traced.clean());

      double off = InputAttribution.of(model).answer(4).steps(4).run(CLEAN).completenessError();
      assertThat(Double.isFinite(off)).isTrue();

      LogitLensResult plain = LogitLens.of(model).target(4).run(CLEAN);
      LogitLensResult tuned = TunedLens.of(model).target(4).run(CLEAN);
      assertWithMessage(name)
          .that(tuned.targetLogProbability(0, 2))
          .isEqualTo(plain.targetLogProbability(0, 2));
      if (layers > 1) {
        assertThat(JacobianLens.fit(model).layers(0).skipFirst(1).runIds(List.of(CLEAN)).prompts())
            .isEqualTo(1);
      }
      GeneratedAttributionResult generated =
          InputAttribution.of(model)
              .method(InputAttribution.Method.OCCLUSION)
              .runContinuation(CLEAN, new long[] {4});
      MaxActivationsResult active =
          MaxActivations.of(model)
              .hook("blocks.0.hook_resid_post")
              .units(1)
              .runIds(List.of(CLEAN, CORRUPTED));
      assertThat(active.top(1)).isNotEmpty();
      double everything =
          DistributedAlignmentSearch.of(model)
              .layer(-1)
              .accuracy(identity(model), List.of(likeliest(model)));
      // All of the last stream at the last token is all that its logits depend on.
      assertWithMessage(name).that(everything).isEqualTo(1);

      for (AnalysisResult each :
          List.of(
              stream,
              plain,
              tuned,
              generated,
              active,
              heads,
              nothing,
              traced,
              HeadScores.of(model).run(CLEAN),
              AttentionPatterns.of(model).run(CLEAN),
              DirectLogitAttribution.of(model).answer(4).run(CLEAN))) {
        assertThat(each.toString()).isNotEmpty();
        assertThat(each.figure().svg()).startsWith("<svg ");
        assertThat(new ObjectMapper().readTree(each.toJson()).get("analysis").asText())
            .isNotEmpty();
      }
    } catch (RunException e) {
      throw new AssertionError(name + ": " + e.getMessage(), e);
    }
  }

  /** Put in place of the other prompt's, its stream makes the model say what it says itself. */
  private static Counterfactual likeliest(LanguageModel<?> model) {
    long answer = LogitLens.of(model).run(CLEAN).top(-1, -1).get(0).id();
    return new Counterfactual(CORRUPTED, CLEAN, answer);
  }

  private static Tensor identity(LanguageModel<?> model) {
    int width = Passes.width(model);
    float[] one = new float[width * width];
    for (int i = 0; i < width; i++) {
      one[i * width + i] = 1;
    }
    return Tensor.of(one, width, width);
  }
}
