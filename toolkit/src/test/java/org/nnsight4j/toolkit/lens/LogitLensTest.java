package org.nnsight4j.toolkit.lens;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.reference.Reference;

final class LogitLensTest {
  private static final String PROMPT = "The Eiffel Tower is in the city of";

  @ParameterizedTest
  @MethodSource("org.nnsight4j.toolkit.reference.Reference#models")
  void isWhatTransformersComputes(String name) {
    JsonNode wanted = Reference.of(name, "lens");
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      LogitLensResult lens = LogitLens.of(model).topK(3).target(4).run(Reference.ids("prompt"));
      for (int layer = 0; layer < wanted.get("top").size(); layer++) {
        for (int p = 0; p < lens.tokens().size(); p++) {
          assertWithMessage("%s, layer %s, position %s", name, layer, p)
              .that(lens.top(layer, p).get(0).id())
              .isEqualTo(wanted.get("top").get(layer).get(p).asLong());
          assertThat(lens.targetLogProbability(layer, p))
              .isWithin(2e-5)
              .of(wanted.get("log_probability").get(layer).get(p).asDouble());
          assertThat(lens.targetRank(layer, p))
              .isEqualTo(wanted.get("rank").get(layer).get(p).asInt());
        }
      }
    }
  }

  /** The cap on logits included, bit by bit. */
  @Test
  void theLastLayerIsTheModel() {
    try (LanguageModel<AnyModel> model = Reference.open("gemma2/caps")) {
      long[] prompt = Reference.ids("prompt");
      Tensor own =
          model
              .trace()
              .run(
                  generator ->
                      generator.invoke(
                          prompt, invoker -> invoker.model().logits().softmax(-1).save()))
              .result()
              .value();
      LogitLensResult lens = LogitLens.of(model).topK(31).run(prompt);
      for (int p = 0; p < prompt.length; p++) {
        for (LogitLensResult.Prediction each : lens.top(-1, p)) {
          assertThat(each.probability()).isEqualTo(own.get(0, p, each.id()));
        }
      }
    }
  }

  @Test
  void showsItselfAsTablePictureAndJson() throws Exception {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      LogitLensResult lens = LogitLens.of(gpt2).topK(2).target(" Paris").run(PROMPT);
      assertThat(lens.top(-1, -1).get(0).text()).isEqualTo("_Paris");
      assertThat(lens.targetRank(-1, -1)).isEqualTo(0);
      assertThat(lens.toString()).contains("_Paris 9");
      assertThat(lens.figure().svg()).contains("_Paris");
      assertThat(lens.targetFigure(-1).svg()).contains("Probability of _Paris at position 7");
      JsonNode json = new ObjectMapper().readTree(lens.toJson());
      assertThat(json.get("analysis").asText()).isEqualTo("logit lens");
      assertThat(json.get("predictions")).hasSize(32);
      assertThat(LogitLens.of(gpt2).topK(2).target(" Paris").cost(PROMPT).toString())
          .isEqualTo("1 forward pass over 8 tokens; keeps 1280 bytes");
    }
  }

  @Test
  void refusesWhatItCannotAnswer() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      LogitLens lens = LogitLens.of(gpt2);
      assertThat(assertThrows(RunException.class, () -> lens.topK(0)))
          .hasMessageThat()
          .isEqualTo("expected topK from 1 to 1329, found 0");
      assertThat(assertThrows(RunException.class, () -> lens.target(5000)))
          .hasMessageThat()
          .contains("which are 0 to 1328, found 5000");
      LogitLensResult result = lens.run(PROMPT);
      assertThat(assertThrows(RunException.class, () -> result.targetRank(0, 0)))
          .hasMessageThat()
          .contains("no target was given");
      assertThat(assertThrows(RunException.class, () -> result.top(4, 0)))
          .hasMessageThat()
          .contains("layer 4 does not exist: this model has 4, so 0 to 3");
      assertThat(assertThrows(RunException.class, () -> result.top(0, 8)))
          .hasMessageThat()
          .contains(
              "position 8 does not exist: the prompt's tokens are 8, so 0 to 7, or -1 to -8 from");
      assertThat(assertThrows(RunException.class, () -> lens.run(new long[0])))
          .hasMessageThat()
          .contains("expected a prompt with a token or more");
    }
  }
}
