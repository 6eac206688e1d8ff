package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.family.Families;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Every parameter of every family takes part in a run by its name: a gradient reaches it, so the
 * passes compute with the run's own array, whether weights are converted before or at each use.
 */
final class FamilyParametersTest {
  private static final long[] IDS = {3, 1, 4, 1, 5, 9, 2, 6, 5, 3, 5, 8, 9, 7, 9, 3};

  @TempDir private Path folder;

  @TestFactory
  Stream<DynamicTest> everyParameterIsDifferentiated() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> differentiated(family)));
  }

  private void differentiated(FamiliesConformTest.Configured family) throws IOException {
    Path model = ConvertedWeightsTest.stored(folder, family, DType.BFLOAT16, DType.FLOAT32);
    Map<String, double[]> before = gradients(model, Long.MAX_VALUE);
    Map<String, double[]> atUse = gradients(model, 0);
    before.forEach(
        (name, sizes) -> {
          // No token may have chosen an expert; keys' biases change no softmax.
          boolean mayBeZero = name.contains("experts") || name.contains("k_proj.bias");
          if (!mayBeZero && !name.endsWith("key.bias")) {
            assertWithMessage(name).that(sizes[0]).isGreaterThan(1e-9);
          }
          assertWithMessage(name).that(atUse.get(name)[0]).isWithin(1e-4 * sizes[1]).of(sizes[0]);
        });
  }

  /** The norm of each parameter's gradient, and of all of them. */
  private static Map<String, double[]> gradients(Path model, long convertUpTo) {
    Set<String> names =
        Families.blueprint(
                Families.require(
                    Checkpoint.open(model).config().modelType(),
                    FamilyParametersTest.class.getClassLoader()),
                Checkpoint.open(model).config())
            .parameterNames();
    OpenOptions options = OpenOptions.defaults().unverified().convertUpTo(convertUpTo);
    try (LanguageModel<AnyModel> any = LanguageModel.open(model, options)) {
      Map<String, Saved<Axis>> saved =
          any.trace()
              .run(
                  generator ->
                      generator.invoke(
                          IDS,
                          i -> {
                            Map<String, Value<Axis>> read = new LinkedHashMap<>();
                            names.forEach(name -> read.put(name, i.parameter(name)));
                            Value<Axis> loss =
                                i.model().module("").output().logSoftmax(-1).get("..., 1").sum();
                            Map<String, Saved<Axis>> norms = new LinkedHashMap<>();
                            read.forEach(
                                (name, value) ->
                                    norms.put(name, value.gradient(loss).norm().save()));
                            return norms;
                          }))
              .result();
      double all = saved.values().stream().mapToDouble(each -> each.value().item()).max().orElse(0);
      Map<String, double[]> sizes = new LinkedHashMap<>();
      saved.forEach((name, each) -> sizes.put(name, new double[] {each.value().item(), all}));
      return sizes;
    }
  }
}
