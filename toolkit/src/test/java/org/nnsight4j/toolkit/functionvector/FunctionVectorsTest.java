package org.nnsight4j.toolkit.functionvector;

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
import org.nnsight4j.toolkit.reference.Reference;

/** Function vectors beside a program in torch. */
final class FunctionVectorsTest {
  private static final FewShot CAPITALS =
      FewShot.of(
          List.of(
              new FewShot.Example("France", "Paris"),
              new FewShot.Example("Italy", "Rome"),
              new FewShot.Example("Spain", "Madrid"),
              new FewShot.Example("Japan", "Tokyo")));

  private static List<long[]> prompts(String field) {
    List<long[]> all = new ArrayList<>();
    Reference.circuits()
        .get(field)
        .forEach(
            row -> {
              long[] ids = new long[row.size()];
              for (int i = 0; i < ids.length; i++) {
                ids[i] = row.get(i).asLong();
              }
              all.add(ids);
            });
    return all;
  }

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/llama3", "gemma2/caps"})
  void vectorsAreThoseOfTorch(String name) throws Exception {
    JsonNode expected = Reference.circuits().get("models").get(name).get("function_vectors");
    long[] said = Reference.ids(Reference.circuits().get("said"));
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      FunctionVectors vectors =
          FunctionVectors.of(model).heads(Reference.circuits().get("summed").asInt());
      FunctionVectorsResult found = vectors.runIds(prompts("shown"), prompts("shuffled"), said);
      double[][] effects = Reference.matrix(expected.get("effects"));
      for (int layer = 0; layer < effects.length; layer++) {
        for (int head = 0; head < effects[layer].length; head++) {
          assertWithMessage("%s %s %s", name, layer, head)
              .that(found.effect(layer, head))
              .isWithin(2e-5)
              .of(effects[layer][head]);
        }
      }
      double[] vector = Reference.numbers(expected.get("vector"));
      for (int i = 0; i < vector.length; i++) {
        assertThat(found.vector()[i]).isWithin(1e-3).of(vector[i]);
      }
      assertThat(found.steering(1).direction(1)[2]).isWithin(1e-3).of(vector[2]);
      FunctionVectorEffect effect = vectors.effectIds(found, prompts("zero"), said);
      double[] added = Reference.numbers(expected.get("added"));
      for (int layer = 0; layer < added.length; layer++) {
        assertWithMessage("%s after %s", name, layer)
            .that(effect.probability(layer))
            .isWithin(1e-4)
            .of(added[layer]);
      }
      assertThat(effect.plainProbability()).isWithin(1e-5).of(expected.get("plain").asDouble());
      assertThat(found.heads()).hasSize(3);
      assertThat(new ObjectMapper().readTree(found.toJson()).get("heads")).hasSize(3);
      assertThat(effect.toString()).contains("accuracy");
      assertThat(effect.toJson()).contains("function vector effect");
    }
  }

  @Test
  void aTaskIsShownByOthersOfItsExamples() {
    assertThat(CAPITALS.shots(2).prompts().get(0)).endsWith("\n\nQ: France\nA:");
    assertThat(CAPITALS.shots(2).prompts().get(0)).doesNotContain("Paris");
    assertThat(CAPITALS.prompts()).isEqualTo(CAPITALS.seed(0).prompts());
    assertThat(CAPITALS.seed(1).prompts()).isNotEqualTo(CAPITALS.prompts());
    for (String prompt : CAPITALS.prompts()) {
      assertThat(prompt.split("\n\n")).hasLength(4);
    }
    for (String prompt : CAPITALS.shuffled()) {
      assertThat(prompt).doesNotContain("Italy\nA: Rome");
      assertThat(prompt).doesNotContain("Spain\nA: Madrid");
    }
    assertThat(CAPITALS.shape("", " is", ";").zeroShot()).contains("Spain is");
    assertThat(CAPITALS.answers()).contains(" Tokyo");
    assertThat(assertThrows(RunException.class, () -> CAPITALS.shots(4)))
        .hasMessageThat()
        .isEqualTo("expected 2 to 3 shots, all but the example that is asked, found 4");
  }

  @Test
  void runsOnTextsAndSaysItsCost() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      FunctionVectors vectors = FunctionVectors.of(gpt2).heads(2);
      FewShot task = CAPITALS.shots(2);
      List<Long> seen = new ArrayList<>();
      FunctionVectorsResult found = vectors.progress((done, all) -> seen.add(done)).run(task);
      int heads = found.top(1000).size();
      assertThat(seen).hasSize(4);
      assertThat(seen.get(3)).isEqualTo(4L * (heads + 1));
      assertThat(vectors.cost(task).passes()).isEqualTo(4 + 4L * (heads + 1));
      assertThat(vectors.effect(found, task.zeroShot(), task.answers()).plainAccuracy())
          .isAtMost(1);
      assertThat(found.figure().svg()).contains("carry the task");
      assertThat(assertThrows(RunException.class, () -> vectors.heads(1000)))
          .hasMessageThat()
          .startsWith("expected 1 to ");
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> vectors.run(task.prompts(), task.shuffled(), List.of(" Paris"))))
          .hasMessageThat()
          .isEqualTo("expected an answer for each prompt, found 1 answer for 4 prompts");
    }
  }
}
