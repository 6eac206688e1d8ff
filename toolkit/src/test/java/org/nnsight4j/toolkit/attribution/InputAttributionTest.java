package org.nnsight4j.toolkit.attribution;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.values.Value;

final class InputAttributionTest {
  private static final long[] PROMPT = {3, 17, 9, 24, 5};

  /** Shares of integrated gradients add up, the better the more steps there are. */
  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/usual", "gpt_neox/parallel", "gemma2/caps"})
  void integratedGradientsAreComplete(String name) {
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      InputAttribution attribution = InputAttribution.of(model).answer(4).against(7);
      double few = Math.abs(attribution.steps(4).run(PROMPT).completenessError());
      InputAttributionResult many = attribution.steps(64).run(PROMPT);
      double size = Math.abs(many.measure() - many.baseline());
      assertWithMessage(name)
          .that(Math.abs(many.completenessError()))
          .isLessThan(0.02 * size + few / 2);
    }
  }

  @Test
  void eachMethodIsItsFormula() {
    try (LanguageModel<AnyModel> model = Reference.open("llama/usual")) {
      InputAttribution attribution = InputAttribution.of(model).answer(4);
      InputAttributionResult occlusion =
          attribution.method(InputAttribution.Method.OCCLUSION).run(PROMPT);
      double without =
          Passes.trace(
                  model,
                  PROMPT,
                  view -> {
                    Value<Axis> all = Passes.any(view.tokenEmbeddings());
                    all.at(2).set(all.mean(1).as(Axis.class));
                    return view.logits().at(-1).get("0, 4").save();
                  })
              .value()
              .item();
      assertThat(occlusion.share(2)).isWithin(1e-5).of(occlusion.measure() - without);
      InputAttributionResult gradient =
          attribution.method(InputAttribution.Method.INPUT_X_GRADIENT).run(PROMPT);
      double small = 1e-2;
      double more =
          Passes.trace(
                  model,
                  PROMPT,
                  view -> {
                    Value<Axis> token = Passes.any(view.tokenEmbeddings().at(2));
                    token.set(token.mul(1 + small));
                    return view.logits().at(-1).get("0, 4").save();
                  })
              .value()
              .item();
      assertThat(gradient.share(2)).isWithin(1e-2).of((more - gradient.measure()) / small);
      InputAttributionResult saliency =
          attribution.method(InputAttribution.Method.SALIENCY).run(PROMPT);
      for (int p = 0; p < PROMPT.length; p++) {
        assertThat(saliency.share(p)).isGreaterThan(0);
      }
    }
  }

  /** Each method at each generated token, as torch computes it. */
  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/usual"})
  void explainsEachGeneratedTokenAsTorchDoes(String name) {
    JsonNode wanted = Reference.lenses().get("generated").get(name).get("steps");
    long[] start = Reference.ids(Reference.lenses().get("start"));
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      InputAttribution attribution = InputAttribution.of(model).steps(8);
      GeneratedAttributionResult integrated = attribution.runGenerated(start, 3);
      GeneratedAttributionResult saliency =
          attribution.method(InputAttribution.Method.SALIENCY).runGenerated(start, 3);
      GeneratedAttributionResult occlusion =
          attribution.method(InputAttribution.Method.OCCLUSION).runGenerated(start, 3);
      assertThat(integrated.steps()).isEqualTo(3);
      for (int step = 0; step < 3; step++) {
        JsonNode each = wanted.get(step);
        assertThat(integrated.id(step)).isEqualTo(each.get("token").asLong());
        assertThat(integrated.completenessError(step))
            .isWithin(1e-4)
            .of(each.get("error").asDouble());
        for (int p = 0; p < start.length + step; p++) {
          assertWithMessage("%s, step %s, position %s", name, step, p)
              .that(integrated.share(step, p))
              .isWithin(1e-4)
              .of(each.get("integrated").get(p).asDouble());
          assertThat(saliency.share(step, p))
              .isWithin(1e-4)
              .of(each.get("saliency").get(p).asDouble());
          assertThat(occlusion.share(step, p))
              .isWithin(1e-4)
              .of(each.get("occlusion").get(p).asDouble());
        }
      }
      assertThat(integrated.toString()).contains("(off by)");
      assertThat(saliency.toString()).doesNotContain("(off by)");
    }
  }

  @Test
  void showsAndRefusesGeneratedOnes() throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      InputAttribution attribution = InputAttribution.of(gpt2).steps(2);
      List<Long> heard = new ArrayList<>();
      GeneratedAttributionResult found =
          attribution
              .progress((done, all) -> heard.add(done * 100 + all))
              .runGenerated("The Eiffel Tower is in the city of", 2);
      assertThat(found.figure().svg()).contains("_Paris");
      assertThat(new ObjectMapper().readTree(found.toJson()).get("steps").get(1).get("shares"))
          .hasSize(9);
      assertThat(heard).containsExactly(408L, 808L).inOrder();
      assertThat(attribution.costGenerated("The Eiffel Tower is in the city of", 2).toString())
          .isEqualTo("10 forward passes over 77 tokens, 4 backward passes; keeps 0 bytes");
      assertThat(assertThrows(RunException.class, () -> found.step(2)))
          .hasMessageThat()
          .contains("step 2 does not exist: there are 2");
      assertThat(
              assertThrows(RunException.class, () -> attribution.answer(4).runGenerated("The", 2)))
          .hasMessageThat()
          .contains("answer(...) has no meaning here");
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> attribution.runContinuation(new long[] {1}, new long[0])))
          .hasMessageThat()
          .contains("expected a token or more that follows the prompt");
    }
  }

  @Test
  void showsItself() throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      InputAttribution attribution =
          InputAttribution.of(gpt2).answer(" Paris").against(" Rome").steps(8);
      InputAttributionResult found = attribution.run("The Eiffel Tower is in the city of");
      assertThat(found.figure().svg()).contains("_Eiffel");
      assertThat(found.toString()).contains("integrated gradients");
      assertThat(new ObjectMapper().readTree(found.toJson()).get("shares")).hasSize(8);
      assertThat(attribution.cost("The Eiffel Tower is in the city of").toString())
          .isEqualTo("10 forward passes over 80 tokens, 8 backward passes; keeps 0 bytes");
      assertThat(assertThrows(RunException.class, () -> InputAttribution.of(gpt2).run("The")))
          .hasMessageThat()
          .contains("no answer was given");
    }
  }
}
