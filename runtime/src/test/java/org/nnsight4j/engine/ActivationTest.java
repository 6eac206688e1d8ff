package org.nnsight4j.engine;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Tensor;

/** Each name is the function that transformers means by it. */
final class ActivationTest {
  private static final float[] GIVEN = {-7, -1.5f, -0.25f, 0.5f, 3, 25};
  private static final Blueprint BLUEPRINT = blueprint();

  private static Blueprint blueprint() {
    Dims dims = new Dims(List.of(Dim.unknown(Dim.BATCH)));
    return Blueprint.of("toy")
        .module("act", "Activation", true)
        .input("act", dims, DType.FLOAT32)
        .output("act", dims)
        .build();
  }

  /** Numbers of transformers' ACT2FN; those of elu and softplus by their formulas. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "elu: -0.999088118, -0.77686984, -0.221199217, 0.5, 3, 25",
        "gelu: 0, -0.10021086, -0.100323431, 0.345731199, 2.99595022, 25",
        "gelu_accurate: -0, -0.100428432, -0.100324646, 0.345714003, 2.99636269, 25",
        "gelu_fast: -0, -0.100428432, -0.100324646, 0.345714003, 2.99636269, 25",
        "gelu_new: -0, -0.100428432, -0.100324646, 0.345714003, 2.99636269, 25",
        "gelu_python: -0, -0.100210771, -0.100323416, 0.345731229, 2.99595022, 25",
        "gelu_python_tanh: -0, -0.100428432, -0.100324646, 0.345714003, 2.99636269, 25",
        "gelu_pytorch_tanh: -0, -0.100428432, -0.100324646, 0.345714003, 2.99636269, 25",
        "leaky_relu: -0.0700000003, -0.0149999997, -0.00249999994, 0.5, 3, 25",
        "linear: -7, -1.5, -0.25, 0.5, 3, 25",
        "mish: -0.00638026372, -0.298099756, -0.129926965, 0.375245243, 2.98653507, 25",
        "quick_gelu: -4.68716717e-05, -0.108337805, -0.0988003463, 0.350388438, 2.98192883, 25",
        "relu: 0, 0, 0, 0.5, 3, 25",
        "relu2: 0, 0, 0, 0.25, 9, 625",
        "relu6: 0, 0, 0, 0.5, 3, 6",
        "sigmoid: 0.000911051175, 0.182425529, 0.437823504, 0.622459352, 0.952574134, 1",
        "silu: -0.00637735846, -0.273638278, -0.109455876, 0.311229676, 2.85772252, 25",
        "softplus: 0.000911466454, 0.201413278, 0.57593942, 0.974076984, 3.04858735, 25",
        "swish: -0.00637735846, -0.273638278, -0.109455876, 0.311229676, 2.85772252, 25",
        "tanh: -0.999998331, -0.905148268, -0.244918659, 0.462117165, 0.995054781, 1"
      })
  void aNameIsItsFunction(String row) {
    String[] parts = row.split(": ");
    double[] wanted =
        Arrays.stream(parts[1].split(", ")).mapToDouble(Double::parseDouble).toArray();
    float[] found = of(parts[0]);
    for (int i = 0; i < wanted.length; i++) {
      assertWithMessage("%s of %s", parts[0], GIVEN[i])
          .that((double) found[i])
          .isWithin(2e-6)
          .of(wanted[i]);
    }
  }

  private static float[] of(String name) {
    try (Arena arena = Arena.open()) {
      Pass pass = new Pass(Taps.NONE, arena, null, null, null, null, false, 0);
      Tensor given = Tensor.of(GIVEN, GIVEN.length);
      return Transfer.toHost(
              arena,
              new Activation(BLUEPRINT, "act", name).forward(pass, Transfer.toEngine(arena, given)))
          .toFloatArray();
    }
  }

  @Test
  void anotherNameIsRefusedAndNotPassedOn() {
    CheckpointException e = assertThrows(CheckpointException.class, () -> of("gelu_never"));
    assertThat(e).hasMessageThat().contains("'gelu_never' is not known; known are [elu, gelu, ");
    assertThrows(CheckpointException.class, () -> Activation.check("gelu_never"));
  }
}
