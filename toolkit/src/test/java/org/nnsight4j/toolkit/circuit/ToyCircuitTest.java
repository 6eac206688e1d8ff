package org.nnsight4j.toolkit.circuit;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.reference.ToyModel;

/** The circuit of the model made by hand is known: only these edges carry anything. */
final class ToyCircuitTest {
  private static final long[] CLEAN = Arrays.copyOf(ToyModel.CLEAN, ToyModel.QUERY + 1);
  private static final long[] CORRUPT = Arrays.copyOf(ToyModel.CORRUPT, ToyModel.QUERY + 1);

  /** What the corrupted token changes: it is moved by values, looked up by keys, and answered. */
  private static final Set<String> CIRCUIT =
      Set.of("input->a0.h0<v>", "a0.h0->a1.h0<k>", "a1.h0->logits");

  @TempDir private Path folder;

  @Test
  void edgesThatCarryTheAnswerAreFound() throws Exception {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      EdgeAttribution attribution =
          EdgeAttribution.of(toy).answer(ToyModel.ANSWER).against(8).steps(8);
      EdgeAttributionResult found = attribution.run(CLEAN, CORRUPT);
      // The last head's output is linear in the logits: its edge is all of the difference.
      assertThat(found.score("a1.h0->logits")).isWithin(1e-2).of(found.clean() - found.corrupted());
      assertThat(found.score("a0.h0->a1.h0<q>")).isWithin(1e-3).of(0);
      assertThat(found.score("m0->logits")).isEqualTo(0);
      assertThat(found.score("a0.h0->logits")).isWithin(1e-3).of(0);
      Faithfulness faithfulness = Faithfulness.of(toy).answer(ToyModel.ANSWER).against(8);
      Circuit circuit = found.circuit().including(edge -> CIRCUIT.contains(edge.name()));
      assertThat(faithfulness.measure(circuit, CLEAN, CORRUPT)).isWithin(1e-2).of(10);
      assertThat(circuit.pruned().included()).hasSize(3);
      for (String each : CIRCUIT) {
        Circuit less = circuit.including(edge -> edge.included() && !edge.name().equals(each));
        assertThat(faithfulness.measure(less, CLEAN, CORRUPT)).isLessThan(1.5);
      }
      // By positions: token 1 at 2 is moved to 3, where its copy at 10 finds it.
      Circuit positions = attribution.everyPosition().run(CLEAN, CORRUPT).circuit();
      Set<String> strongest =
          positions.top(12).included().stream().map(CircuitEdge::name).collect(Collectors.toSet());
      assertThat(strongest).contains("a1.h0@10->logits@10");
      assertThat(strongest).contains("a0.h0@3->a1.h0@3<k>");
      Circuit path =
          positions.including(
              edge ->
                  Set.of("input@2->a0.h0@2<v>", "a0.h0@3->a1.h0@3<k>", "a1.h0@10->logits@10")
                      .contains(edge.name()));
      assertThat(faithfulness.measure(path, CLEAN, CORRUPT)).isWithin(1e-2).of(10);
      assertThat(positions.summed().edge("a1.h0->logits").score())
          .isWithin(1e-3)
          .of(found.score("a1.h0->logits"));
      assertThat(
              assertThrows(
                  RunException.class,
                  () ->
                      faithfulness.measure(
                          path, Arrays.copyOf(CLEAN, 10), Arrays.copyOf(CORRUPT, 10))))
          .hasMessageThat()
          .startsWith("expected prompts of 11 tokens");
      assertThat(new ObjectMapper().readTree(found.toJson()).get("edges").has("input->m1"))
          .isTrue();
      assertThat(found.toString()).contains("a1.h0->logits");
      assertThat(found.figure().svg()).contains("EAP-IG, 8 steps");
      FaithfulnessResult curve =
          faithfulness.shares(0, 0.25, 1).run(found.circuit(), CLEAN, CORRUPT);
      assertThat(curve.faithfulness(0)).isWithin(1e-5).of(0);
      assertThat(curve.faithfulness(2)).isWithin(1e-4).of(1);
      assertThat(curve.toString()).contains("CPR ");
      assertThat(new ObjectMapper().readTree(curve.toJson()).get("points")).hasSize(3);
    }
  }

  @Test
  void refusesWhatDoesNotFit() {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      EdgeAttribution attribution = EdgeAttribution.of(toy);
      assertThat(assertThrows(RunException.class, () -> attribution.run(CLEAN, CORRUPT)))
          .hasMessageThat()
          .startsWith("no answer was given");
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> attribution.answer(4).run(CLEAN, Arrays.copyOf(CORRUPT, 4))))
          .hasMessageThat()
          .startsWith("expected two prompts of as many tokens");
      assertThat(assertThrows(RunException.class, () -> attribution.steps(0)))
          .hasMessageThat()
          .isEqualTo("expected a step or more, found 0; plain() is EAP without steps");
      Faithfulness faithfulness = Faithfulness.of(toy).answer(4);
      Circuit other = Circuit.empty(new CircuitSizes(1, 1, 1, false, 8));
      assertThat(
              assertThrows(RunException.class, () -> faithfulness.measure(other, CLEAN, CORRUPT)))
          .hasMessageThat()
          .startsWith("expected a circuit of this model");
      Circuit unscored = Circuit.empty(CircuitSizes.of(toy));
      assertThat(assertThrows(RunException.class, () -> faithfulness.run(unscored, CLEAN, CORRUPT)))
          .hasMessageThat()
          .startsWith("expected a score for each edge");
      assertThat(assertThrows(RunException.class, () -> faithfulness.shares(0.5, 0.1)))
          .hasMessageThat()
          .startsWith("expected growing shares");
    }
  }
}
