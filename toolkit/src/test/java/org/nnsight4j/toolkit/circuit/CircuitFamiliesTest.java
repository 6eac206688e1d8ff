package org.nnsight4j.toolkit.circuit;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.functionvector.FunctionVectors;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.patching.ActivationPatching;
import org.nnsight4j.toolkit.patching.AtpStar;
import org.nnsight4j.toolkit.patching.AttributionPatching;
import org.nnsight4j.toolkit.patching.AttributionPatchingResult;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.weights.WeightCircuits;

/** Relations that hold for all weights, on each way in which the halves of a block add up. */
final class CircuitFamiliesTest {
  private static final long[] CLEAN = {3, 17, 9, 5};
  private static final long[] CORRUPTED = {3, 17, 11, 5};

  static Stream<String> families() {
    return Reference.FAMILIES.stream();
  }

  /** Modules that add to the stream, halves at once, outputs that are normalised. */
  @ParameterizedTest
  @ValueSource(strings = {"bloom/untied", "gpt_neox/parallel", "olmo2"})
  void relationsHold(String name) {
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      check(name, model);
    } catch (RunException e) {
      throw new AssertionError(name + ": " + e.getMessage(), e);
    }
  }

  @ParameterizedTest
  @MethodSource("families")
  @Tag("nightly")
  void relationsHoldInAllFamilies(String name) {
    relationsHold(name);
  }

  private static void check(String name, LanguageModel<AnyModel> model) {
    EdgeAttribution attribution = EdgeAttribution.of(model).answer(4).against(7);
    EdgeAttributionResult plain = attribution.plain().run(CLEAN, CORRUPTED);
    double difference = Math.abs(plain.clean() - plain.corrupted());
    // What all readers read of the embedding is what its gradient says.
    AttributionPatchingResult stream =
        AttributionPatching.of(model).answer(4).against(7).noise().run(CLEAN, CORRUPTED);
    double whole = 0;
    for (int p = 0; p < CLEAN.length; p++) {
      whole += stream.change(0, p, 0);
    }
    assertWithMessage(name)
        .that(plain.score(CircuitNode.embedding()))
        .isWithin(1e-3 * (Math.abs(whole) + difference))
        .of(whole);
    if (Passes.places(model).layers().stream().allMatch(layer -> layer.mlp() != null)) {
      // Integrated gradients are complete, but for the choice of experts, which has no gradient.
      double few = attribution.steps(2).run(CLEAN, CORRUPTED).completenessError();
      double many = attribution.steps(40).run(CLEAN, CORRUPTED).completenessError();
      assertWithMessage(name + ": " + few + " with 2 steps")
          .that(Math.abs(many))
          .isAtMost(0.25 * (difference + Math.abs(few)));
    }
    Faithfulness faithfulness = Faithfulness.of(model).answer(4).against(7);
    FaithfulnessResult ends = faithfulness.shares(0, 1).run(plain.circuit(), CLEAN, CORRUPTED);
    assertWithMessage(name).that(ends.faithfulness(0)).isWithin(1e-3).of(0);
    assertWithMessage(name).that(ends.faithfulness(1)).isWithin(1e-2).of(1);
    // A last head's way to the logits with everything computed is its activation patch.
    int last = plain.circuit().sizes().layers() - 1;
    CircuitNode head = CircuitNode.head(last, 0);
    PathPatching paths =
        PathPatching.of(model).answer(4).against(7).from(head, CircuitNode.embedding());
    PathPatchingResult open = paths.freeze(node -> false).run(CLEAN, CORRUPTED);
    double patched =
        ActivationPatching.of(model)
            .at(SweepSite.Z)
            .answer(4)
            .against(7)
            .run(CLEAN, CORRUPTED)
            .effect(last, 0, 0);
    assertWithMessage(name).that(open.effect(head)).isWithin(5e-3).of(patched);
    assertWithMessage(name).that(open.effect(CircuitNode.embedding())).isWithin(5e-3).of(1);
    // The direct way alone is the edge, where no output is normalised.
    double direct =
        paths.freezeAll().noise().run(CLEAN, CORRUPTED).measure(CircuitNode.embedding());
    double without =
        faithfulness.measure(
            plain.circuit().including(edge -> !edge.name().equals("input->logits")),
            CLEAN,
            CORRUPTED);
    assertWithMessage(name).that(direct).isWithin(1e-3 * (1 + Math.abs(direct))).of(without);
    assertThat(AtpStar.of(model).answer(4).at(SweepSite.K).run(CLEAN, CORRUPTED).top(3))
        .isNotEmpty();
    double signed =
        AtpStar.of(model)
            .answer(4)
            .against(7)
            .at(SweepSite.V)
            .withoutGradDrop()
            .run(CLEAN, CORRUPTED)
            .change(0, 2, 0);
    assertThat(signed)
        .isWithin(1e-3 * (1 + Math.abs(signed)))
        .of(
            AttributionPatching.of(model)
                .at(SweepSite.V)
                .answer(4)
                .against(7)
                .run(CLEAN, CORRUPTED)
                .change(0, 2, 0));
    assertThat(Double.isFinite(WeightCircuits.of(model).run().copying(0, 0))).isTrue();
    assertThat(
            FunctionVectors.of(model)
                .runIds(java.util.List.of(CLEAN), java.util.List.of(CORRUPTED), 4)
                .vector())
        .isNotEmpty();
  }

  @Test
  void refusesAStreamThatIsNormalisedItself() {
    try (LanguageModel<AnyModel> model = Reference.open("opt/after-narrow")) {
      assertThat(assertThrows(RunException.class, () -> EdgeAttribution.of(model)))
          .hasMessageThat()
          .contains("normalises the residual stream itself");
    }
  }
}
