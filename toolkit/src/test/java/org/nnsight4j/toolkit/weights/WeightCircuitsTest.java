package org.nnsight4j.toolkit.weights;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

/** Weights beside TransformerLens' factored matrices, and on the model made by hand. */
final class WeightCircuitsTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/llama3", "gemma2/caps"})
  void scoresAreThoseOfTransformerLens(String name) throws Exception {
    JsonNode models = Reference.circuits().get("models").get(name).get("weights");
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      WeightCircuits weights = WeightCircuits.of(model);
      assertSame(name, weights.run(), models.get("raw"));
      WeightCircuitsResult folded = weights.folded().run();
      assertSame(name + " folded", folded, models.get("folded"));
      assertThat(new ObjectMapper().readTree(folded.toJson()).get("composition")).hasSize(3);
      assertThat(folded.toString()).contains("Copying");
      assertThat(folded.figure(Composition.K).svg()).contains("K-composition");
      assertThat(folded.top(Composition.V, 2)).hasSize(2);
    }
  }

  private static void assertSame(String name, WeightCircuitsResult found, JsonNode expected) {
    for (Composition by : Composition.values()) {
      double[][] scores = Reference.matrix(expected.get("composition").get(by.name()));
      for (int from = 0; from < scores.length; from++) {
        for (int to = 0; to < scores[from].length; to++) {
          assertWithMessage("%s %s %s %s", name, by, from, to)
              .that(found.composition(by, 0, from, 1, to))
              .isWithin(1e-4)
              .of(scores[from][to]);
        }
      }
    }
    double[][] copying = Reference.matrix(expected.get("copying"));
    double[][] singular = Reference.matrix(expected.get("ov singular"));
    double[][] sizes = Reference.matrix(expected.get("ov eigenvalues"));
    double[][] norms = Reference.matrix(expected.get("qk norm"));
    for (int head = 0; head < copying[0].length; head++) {
      for (int layer = 0; layer < copying.length; layer++) {
        assertWithMessage("%s copying %s %s", name, layer, head)
            .that(found.copying(layer, head))
            .isWithin(1e-3)
            .of(copying[layer][head]);
        assertThat(found.qk(layer, head).norm())
            .isWithin(1e-3 * norms[layer][head])
            .of(norms[layer][head]);
      }
      assertClose(found.ov(1, head).singularValues(), singular[head]);
      assertClose(
          found.ov(0, head).eigenvalues().stream()
              .mapToDouble(FactoredMatrix.Eigenvalue::size)
              .toArray(),
          sizes[head]);
    }
  }

  private static void assertClose(double[] found, double[] expected) {
    for (int i = 0; i < found.length; i++) {
      assertThat(found[i]).isWithin(1e-4 * (1 + expected[0])).of(expected[i]);
    }
  }

  /** What the first head writes, the second reads by its keys alone; and it copies. */
  @Test
  void theInductionCircuitIsInTheWeights() {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      WeightCircuitsResult found = WeightCircuits.of(toy).run();
      assertThat(found.composition(Composition.K, 0, 0, 1, 0)).isGreaterThan(0.2);
      assertThat(found.composition(Composition.Q, 0, 0, 1, 0)).isWithin(1e-6).of(0);
      assertThat(found.composition(Composition.V, 0, 0, 1, 0)).isWithin(1e-6).of(0);
      assertThat(found.copying(1, 0)).isWithin(1e-6).of(1);
      assertThat(found.composition(Composition.K, 1, 0, 0, 0)).isEqualTo(0);
    }
  }

  @Test
  void eigenvaluesAreThoseOfTorch() {
    for (JsonNode each : Reference.circuits().get("eigenvalues")) {
      double[][] matrix = Reference.matrix(each.get("matrix"));
      double[] real = Reference.numbers(each.get("real"));
      double[] imaginary = Reference.numbers(each.get("imaginary"));
      List<FactoredMatrix.Eigenvalue> left = new ArrayList<>(Eigenvalues.of(matrix));
      assertThat(left).hasSize(real.length);
      for (int i = 0; i < real.length; i++) {
        FactoredMatrix.Eigenvalue wanted = new FactoredMatrix.Eigenvalue(real[i], imaginary[i]);
        FactoredMatrix.Eigenvalue nearest =
            left.stream()
                .min(java.util.Comparator.comparingDouble(one -> distance(one, wanted)))
                .orElseThrow();
        // A Jordan block of three is known to the third root of the precision only.
        assertWithMessage(each.toString()).that(distance(nearest, wanted)).isLessThan(2e-5);
        left.remove(nearest);
      }
    }
  }

  private static double distance(FactoredMatrix.Eigenvalue a, FactoredMatrix.Eigenvalue b) {
    return Math.hypot(a.real() - b.real(), a.imaginary() - b.imaginary());
  }

  @Test
  void factorsAreTheirProduct() {
    Tensor a = Tensor.of(new double[] {1, 2, 3, 4, 5, 6}, 3, 2);
    Tensor b = Tensor.of(new double[] {1, 0, -1, 2, 1, 1}, 2, 3);
    FactoredMatrix matrix = FactoredMatrix.of(a, b);
    assertThat(matrix.get(2, 0)).isEqualTo(17);
    assertThat(matrix.transpose().get(0, 2)).isEqualTo(17);
    double norm = 0;
    for (double each : matrix.singularValues()) {
      norm += each * each;
    }
    assertThat(matrix.norm()).isWithin(1e-12).of(Math.sqrt(norm));
    assertThat(matrix.times(matrix).get(0, 0)).isWithin(1e-12).of(5 * 5 + 2 * 11 + 17);
    assertThat(matrix.toString()).isEqualTo("3 by 3 of rank 2 at most");
    assertThat(assertThrows(RunException.class, () -> FactoredMatrix.of(a, a)))
        .hasMessageThat()
        .startsWith("expected [m, r] and [r, n]");
    FactoredMatrix narrow = FactoredMatrix.of(a, Tensor.of(new double[] {1, 2}, 2, 1));
    assertThat(assertThrows(IllegalStateException.class, narrow::eigenvalues))
        .hasMessageThat()
        .isEqualTo("only square matrices have eigenvalues, this one is 3 by 1");
  }

  @Test
  void whereQueriesAreNormalisedNoMatrixSaysWhereHeadsLook() {
    try (LanguageModel<AnyModel> model = Reference.open("qwen3")) {
      WeightCircuitsResult found = WeightCircuits.of(model).run();
      assertThat(found.hasQk()).isFalse();
      assertThat(found.ov(0, 0).norm()).isGreaterThan(0);
      assertThat(assertThrows(RunException.class, () -> found.qk(0, 0)))
          .hasMessageThat()
          .contains("normalises its queries or keys");
      assertThat(assertThrows(RunException.class, () -> found.ov(0, 99)))
          .hasMessageThat()
          .startsWith("head 99 does not exist: there are 4, so 0 to 3, or -1 to -4");
      assertThat(found.toJson()).contains("\"V\"");
    }
  }
}
