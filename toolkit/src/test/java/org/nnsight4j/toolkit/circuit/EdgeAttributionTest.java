package org.nnsight4j.toolkit.circuit;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.reference.Reference;

/** Edges beside a program in torch that gives each reader a stream of its own. */
final class EdgeAttributionTest {
  private static final JsonNode EXPECTED = Reference.circuits();
  static final long[] CLEAN = Reference.ids(EXPECTED.get("clean"));
  static final long[] CORRUPTED = Reference.ids(EXPECTED.get("corrupted"));

  static EdgeAttribution attribution(LanguageModel<?> model, JsonNode expected) {
    return EdgeAttribution.of(model)
        .answer(expected.get("answer").asLong())
        .against(expected.get("against").asLong());
  }

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/llama3", "gemma2/caps"})
  void scoresAreThoseOfTorch(String name) {
    JsonNode expected = EXPECTED.get("models").get(name).get("circuits");
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      EdgeAttributionResult plain = attribution(model, expected).plain().run(CLEAN, CORRUPTED);
      assertThat(plain.clean()).isWithin(1e-4).of(expected.get("clean").asDouble());
      assertThat(plain.corrupted()).isWithin(1e-4).of(expected.get("corrupted").asDouble());
      assertScores(name, plain, expected.get("eap"));
      int steps = EXPECTED.get("steps").asInt();
      EdgeAttributionResult integrated =
          attribution(model, expected).steps(steps).run(CLEAN, CORRUPTED);
      assertScores(name, integrated, expected.get("eap_ig"));
      EdgeAttributionResult twice =
          attribution(model, expected)
              .steps(steps)
              .runIds(List.of(CLEAN, CLEAN), List.of(CORRUPTED, CORRUPTED));
      assertScores(name, twice, expected.get("eap_ig"));
    }
  }

  private static void assertScores(String name, EdgeAttributionResult found, JsonNode expected) {
    Circuit circuit = found.circuit();
    assertThat(circuit.edges()).hasSize(expected.size());
    double most = 0;
    for (JsonNode each : expected) {
      most = Math.max(most, Math.abs(each.asDouble()));
    }
    for (Map.Entry<String, JsonNode> each : expected.properties()) {
      assertWithMessage(name + " " + each.getKey())
          .that(circuit.edge(each.getKey()).score())
          .isWithin(2e-4 * most)
          .of(each.getValue().asDouble());
    }
  }
}
