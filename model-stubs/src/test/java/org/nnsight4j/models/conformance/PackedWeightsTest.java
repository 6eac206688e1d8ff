package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.TorchDevice;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.WeightFormat;

/** Linear layers that are kept in fewer bits, in every family. */
final class PackedWeightsTest {
  private static final long[] IDS = {3, 1, 4, 1, 5, 9, 2};

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> logitsAreNearThoseOfExactWeightsAndGradientsSeeTheSameNumbers() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> compare(family)));
  }

  private void compare(FamiliesConformTest.Configured family) throws IOException {
    Path model = RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family.json());
    float[] exact = logits(model, WeightFormat.AS_STORED, 0);
    Map<WeightFormat, Double> bounds = new LinkedHashMap<>();
    bounds.put(WeightFormat.FLOAT16, 1e-2);
    bounds.put(WeightFormat.BFLOAT16, 4e-2);
    bounds.put(WeightFormat.INT8, 8e-2);
    bounds.forEach(
        (format, bound) -> {
          float[] found = logits(model, format, 0);
          double apart = distance(found, exact);
          assertWithMessage("%s", format).that(apart).isLessThan(bound);
          // Rounding did happen.
          assertWithMessage("%s", format).that(apart).isGreaterThan(1e-6);
          for (int derivatives = 1; derivatives <= 2; derivatives++) {
            assertWithMessage("%s, %s derivatives", format, derivatives)
                .that(distance(logits(model, format, derivatives), found))
                .isLessThan(1e-5);
          }
        });
  }

  /** Relative, over all numbers. */
  private static double distance(float[] found, float[] expected) {
    assertThat(found).hasLength(expected.length);
    double apart = 0;
    double size = 0;
    for (int i = 0; i < found.length; i++) {
      apart += Math.pow(found[i] - expected[i], 2);
      size += Math.pow(expected[i], 2);
    }
    return Math.sqrt(apart / size);
  }

  private static float[] logits(Path model, WeightFormat format, int derivatives) {
    LoadSettings settings =
        new LoadSettings(
            true, DType.FLOAT32, TorchDevice.CPU, LoadSettings.USUAL_CONVERSIONS, format);
    EverySite nothing = (site, value, arena) -> value;
    try (EnginePass pass =
        new EnginePass(
            model, IDS, (blueprint, checkpoint) -> Weights.load(blueprint, checkpoint, settings))) {
      return pass.run(
          nothing,
          derivatives,
          (arena, found) ->
              Transfer.toHost(arena, TorchOps.get().call(arena, "detach", found)).toFloatArray());
    }
  }
}
