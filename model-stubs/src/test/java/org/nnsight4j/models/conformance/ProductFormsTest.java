package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Every form of the matrix product gives every family's numbers at every site. */
final class ProductFormsTest {
  private static final String PROPERTY = "nnsight4j.linear";

  @TempDir private Path folder;

  @AfterEach
  void measureAgain() {
    System.clearProperty(PROPERTY);
  }

  @TestFactory
  Stream<DynamicTest> formsGiveTheNumbersOfThePlainForm() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> compare(family)));
  }

  private void compare(FamiliesConformTest.Configured family) throws IOException {
    Path model = RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family.json());
    // With one token, all forms are possible.
    for (long[] ids : new long[][] {{3}, {3, 1, 4, 1, 5, 9, 2}}) {
      Map<String, Tensor> plain = values(model, ids, "linear");
      assertThat(plain).isNotEmpty();
      for (String form :
          new String[] {"columns", "two-columns", "chunks", "onednn", "inputs", "bags"}) {
        Map<String, Tensor> found = values(model, ids, form);
        assertThat(found.keySet()).isEqualTo(plain.keySet());
        plain.forEach((site, value) -> near(form + " " + site, found.get(site), value));
      }
    }
  }

  private static void near(String what, Tensor found, Tensor expected) {
    float[] left = found.toFloatArray();
    float[] right = expected.toFloatArray();
    assertWithMessage(what).that(left).hasLength(right.length);
    double largest = 0;
    double apart = 0;
    for (int i = 0; i < left.length; i++) {
      if (left[i] != right[i]) {
        apart = Math.max(apart, Math.abs((double) left[i] - right[i]));
      }
      largest = Math.max(largest, Float.isInfinite(right[i]) ? 0 : Math.abs(right[i]));
    }
    assertWithMessage(what).that(apart).isAtMost(1e-5 * Math.max(1, largest));
  }

  private static Map<String, Tensor> values(Path model, long[] ids, String form) {
    System.setProperty(PROPERTY, form);
    Map<String, Tensor> values = new LinkedHashMap<>();
    try (EnginePass pass = new EnginePass(model, DType.FLOAT32, ids)) {
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
