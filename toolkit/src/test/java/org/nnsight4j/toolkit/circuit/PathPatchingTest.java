package org.nnsight4j.toolkit.circuit;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

/** Paths beside a program in torch, and on the model made by hand. */
final class PathPatchingTest {
  private static final long[] CLEAN = EdgeAttributionTest.CLEAN;
  private static final long[] CORRUPTED = EdgeAttributionTest.CORRUPTED;

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/llama3", "gemma2/caps"})
  void pathsAreThoseOfTorch(String name) {
    JsonNode expected = Reference.circuits().get("models").get(name);
    JsonNode circuits = expected.get("circuits");
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      PathPatching patching =
          PathPatching.of(model)
              .answer(circuits.get("answer").asLong())
              .against(circuits.get("against").asLong());
      Map<String, PathPatching> into =
          Map.of(
              "logits", patching,
              "mlp", patching.into(Receiver.mlp(1)),
              "queries and values",
                  patching.into(
                      Receiver.queries(1, 0), Receiver.queries(1, 1), Receiver.values(1, 0)),
              "keys", patching.into(Receiver.keys(1, 0)));
      into.forEach(
          (title, each) -> {
            PathPatchingResult heads = each.run(CLEAN, CORRUPTED);
            PathPatchingResult all = each.freezeAll().sendersAtOnce(3).run(CLEAN, CORRUPTED);
            assertThat(heads.clean()).isWithin(1e-3).of(circuits.get("clean").asDouble());
            int compared = 0;
            for (CircuitNode sender : heads.senders()) {
              JsonNode value = expected.get("paths").get(title + ", heads frozen: " + sender);
              if (value != null) {
                compared++;
                assertWithMessage("%s, %s from %s", name, title, sender)
                    .that(heads.measure(sender))
                    .isWithin(1e-3)
                    .of(value.asDouble());
                assertWithMessage("%s, directly %s from %s", name, title, sender)
                    .that(all.measure(sender))
                    .isWithin(1e-3)
                    .of(expected.get("paths").get(title + ", all frozen: " + sender).asDouble());
              }
            }
            assertThat(compared).isAtLeast(4);
          });
    }
  }

  /** Layer 0 reaches layer 1 by its keys alone, and layer 1 the logits. */
  @Test
  void theInductionHeadIsReachedByItsKeys() {
    long[] clean = Arrays.copyOf(ToyModel.CLEAN, ToyModel.QUERY + 1);
    long[] corrupted = Arrays.copyOf(ToyModel.CORRUPT, ToyModel.QUERY + 1);
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      PathPatching patching =
          PathPatching.of(toy).answer(ToyModel.ANSWER).against(8).from(CircuitNode.head(0, 0));
      assertEffect(patching.into(Receiver.keys(1, 0)).run(clean, corrupted), 1);
      assertEffect(patching.into(Receiver.queries(1, 0)).run(clean, corrupted), 0);
      assertEffect(patching.into(Receiver.values(1, 0)).run(clean, corrupted), 0);
      assertEffect(patching.run(clean, corrupted), 0);
      PathPatching keys = patching.into(Receiver.keys(1, 0));
      assertEffect(keys.positions(3).run(clean, corrupted), 1);
      assertEffect(keys.positions(2, -1).run(clean, corrupted), 0);
      // Without the key attention is uniform, and 4 is one token of eleven.
      assertEffect(keys.noise().run(clean, corrupted), 10.0 / 11);
      assertThat(
              patching
                  .from(CircuitNode.head(1, 0))
                  .run(clean, corrupted)
                  .effect(CircuitNode.head(1, 0)))
          .isWithin(1e-3)
          .of(1);
      // What is not frozen is computed: with nothing frozen, this is activation patching.
      assertEffect(patching.freeze(node -> false).run(clean, corrupted), 1);
    } catch (RunException e) {
      throw new AssertionError(e.getMessage(), e);
    }
  }

  private static void assertEffect(PathPatchingResult found, double effect) {
    assertThat(found.effect(CircuitNode.head(0, 0))).isWithin(1e-3).of(effect);
  }

  @Test
  void saysWhatCannotSendOrReceive() {
    try (LanguageModel<AnyModel> model = Reference.open("llama/llama3")) {
      PathPatching patching = PathPatching.of(model).answer(4).against(7);
      assertThat(assertThrows(RunException.class, () -> patching.into(Receiver.keys(1, 2))))
          .hasMessageThat()
          .isEqualTo(
              "there is no receiver a1.h2<k>: this model has 2 layers, each with 4 heads of queries"
                  + " and 2 of keys and values, counted from 0");
      assertThat(
              assertThrows(
                  RunException.class, () -> patching.into(Receiver.logits(), Receiver.mlp(0))))
          .hasMessageThat()
          .contains("expected the logits as the only receiver");
      assertThat(
              assertThrows(
                  RunException.class,
                  () ->
                      patching
                          .into(Receiver.queries(0, 0))
                          .from(CircuitNode.mlp(1))
                          .run(CLEAN, CORRUPTED)))
          .hasMessageThat()
          .isEqualTo("m1 comes after all receivers [a0.h0<q>], so it sends them nothing");
      assertThat(assertThrows(RunException.class, () -> patching.from(CircuitNode.head(0, 9))))
          .hasMessageThat()
          .startsWith("there is no sender a0.h9");
      assertThat(
              assertThrows(
                  RunException.class, () -> new Receiver(CircuitNode.mlp(0), CircuitEdge.Input.Q)))
          .hasMessageThat()
          .isEqualTo("m0 does not read by Q");
    }
  }
}
