package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.TorchDevice;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Weights that stay in their files, and runs in BF16, at every site of every family. */
final class ConvertedWeightsTest {
  private static final long[] IDS = {3, 1, 4, 1, 5, 9, 2};

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> conversionAtUseGivesTheBitsOfConversionBefore() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> sameBits(family)));
  }

  private void sameBits(FamiliesConformTest.Configured family) throws IOException {
    Path model =
        stored(folder, family, DType.BFLOAT16, DType.FLOAT16, DType.BFLOAT16, DType.FLOAT32);
    Map<String, Tensor> before = values(model, DType.FLOAT32, Long.MAX_VALUE);
    Map<String, Tensor> atUse = values(model, DType.FLOAT32, 0);
    assertThat(atUse.keySet()).isEqualTo(before.keySet());
    assertThat(before).isNotEmpty();
    before.forEach((site, value) -> assertWithMessage(site).that(atUse.get(site)).isEqualTo(value));
  }

  @TestFactory
  Stream<DynamicTest> aRunInBf16HasItAtEverySiteAndIsNearTheOneInFp32() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> nearFp32(family)));
  }

  private void nearFp32(FamiliesConformTest.Configured family) throws IOException {
    Path model = stored(folder, family, DType.BFLOAT16);
    Map<String, Tensor> exact = values(model, DType.FLOAT32, Long.MAX_VALUE);
    Map<String, Tensor> rounded = values(model, DType.BFLOAT16, Long.MAX_VALUE);
    exact.forEach(
        (site, value) -> {
          Tensor found = rounded.get(site);
          DType wanted = value.dtype() == DType.FLOAT32 ? DType.BFLOAT16 : value.dtype();
          assertWithMessage(site).that(found.dtype()).isEqualTo(wanted);
          if (wanted == DType.BFLOAT16 && !site.contains("scores")) {
            assertWithMessage(site).that(distance(found, value)).isLessThan(0.1);
          }
        });
  }

  /** Relative, over all numbers. */
  private static double distance(Tensor found, Tensor expected) {
    float[] left = found.toFloatArray();
    float[] right = expected.toFloatArray();
    double apart = 0;
    double size = 0;
    for (int i = 0; i < left.length; i++) {
      apart += Math.pow(left[i] - right[i], 2);
      size += Math.pow(right[i], 2);
    }
    return size == 0 ? apart : Math.sqrt(apart / size);
  }

  /** Random weights, the matrices in these types in turn. */
  static Path stored(Path folder, FamiliesConformTest.Configured family, DType... types)
      throws IOException {
    Path made = RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family.json());
    Path file = made.resolve("model.safetensors");
    Map<String, Tensor> weights = new TreeMap<>();
    Safetensors.read(file)
        .forEach(
            (name, tensor) ->
                weights.put(name, rounded(tensor, types[weights.size() % types.length])));
    Safetensors.write(file, weights, Map.of());
    return made;
  }

  private static Tensor rounded(Tensor tensor, DType type) {
    try (Arena arena = Arena.open();
        NDArray there = Transfer.toEngine(arena, tensor);
        NDArray cast =
            TorchOps.get().call(arena, TorchOps.scriptName("cast"), there, type.name())) {
      return Transfer.toHost(arena, cast);
    }
  }

  /** What each site has in one pass. */
  private static Map<String, Tensor> values(Path model, DType run, long convertUpTo) {
    LoadSettings settings = new LoadSettings(true, run, TorchDevice.CPU, convertUpTo);
    Map<String, Tensor> values = new LinkedHashMap<>();
    try (EnginePass pass =
        new EnginePass(
            model,
            IDS,
            (blueprint, checkpoint) ->
                Weights.load(blueprint.withType(run), checkpoint, settings))) {
      var sites = pass.blueprint().sites();
      EverySite seen =
          (site, value, arena) -> {
            values.put(sites.get(site).key().toString(), Transfer.toHost(arena, value));
            return value;
          };
      return pass.run(
          seen,
          0,
          (arena, logits) -> {
            values.put("logits", Transfer.toHost(arena, logits));
            return values;
          });
    }
  }
}
