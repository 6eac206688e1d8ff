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

/** Circuits beside a program in torch that gives each reader a stream of its own. */
final class FaithfulnessTest {
  private static final long[] CLEAN = EdgeAttributionTest.CLEAN;
  private static final long[] CORRUPTED = EdgeAttributionTest.CORRUPTED;

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/llama3", "gemma2/caps"})
  void curvesAreThoseOfTorch(String name) {
    JsonNode expected = Reference.circuits().get("models").get(name).get("circuits");
    double[] curve = Reference.numbers(expected.get("faithfulness"));
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      Faithfulness faithfulness =
          Faithfulness.of(model)
              .answer(expected.get("answer").asLong())
              .against(expected.get("against").asLong());
      Circuit circuit = scored(CircuitSizes.of(model), expected.get("eap_ig"));
      FaithfulnessResult found =
          faithfulness.runIds(circuit, List.of(CLEAN, CLEAN), List.of(CORRUPTED, CORRUPTED));
      for (int i = 0; i < curve.length; i++) {
        assertWithMessage(name + " at " + found.shares().get(i))
            .that(found.faithfulness(i))
            .isWithin(1e-3)
            .of(curve[i]);
      }
      assertThat(found.faithfulness(9)).isWithin(1e-4).of(1);
      assertThat(found.cpr()).isWithin(1e-3).of(expected.get("cpr").asDouble());
      assertThat(found.cmd()).isWithin(1e-3).of(expected.get("cmd").asDouble());
      // One edge less than all: what exact patching of each edge says.
      for (Map.Entry<String, JsonNode> each : expected.get("without").properties()) {
        double without =
            faithfulness.measure(
                circuit.including(edge -> !edge.name().equals(each.getKey())), CLEAN, CORRUPTED);
        assertWithMessage(name + " without " + each.getKey())
            .that(found.clean() - without)
            .isWithin(1e-3)
            .of(each.getValue().asDouble());
      }
    }
  }

  static Circuit scored(CircuitSizes sizes, JsonNode scores) {
    return Circuit.of(
        sizes,
        Circuit.empty(sizes).edges().stream()
            .map(edge -> edge.with(scores.get(edge.name()).asDouble()))
            .toList());
  }
}
