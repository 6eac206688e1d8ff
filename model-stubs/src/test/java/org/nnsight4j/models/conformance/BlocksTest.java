package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.Pass;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.engine.TorchDevice;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.WeightFormat;

/** Blocks that run as one kernel give the bits of the steps, in every family. */
final class BlocksTest {
  private static final String PROPERTY = "nnsight4j.blocks";

  private static final int BLOCKS = 2;
  private static final String FORM = "nnsight4j.linear";

  @TempDir private Path folder;

  @AfterEach
  void fusedAgain() {
    System.clearProperty(PROPERTY);
    System.clearProperty(FORM);
  }

  @TestFactory
  Stream<DynamicTest> oneKernelGivesTheBitsOfSteps() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> compare(family)));
  }

  private void compare(FamiliesConformTest.Configured family) throws IOException {
    Path model = RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family.json());
    try (EnginePass pass = new EnginePass(model, DType.FLOAT32, new long[] {3})) {
      compare(pass);
    }
  }

  private static void compare(EnginePass pass) {
    for (long[] lengths : new long[][] {{1}, {6}, {6, 6}, {2, 6}}) {
      List<Tensor> steps = CachedPasses.logits(pass.network(), lengths, "steps", Taps.NONE);
      List<Tensor> fused = CachedPasses.logits(pass.network(), lengths, "fused", Taps.NONE);
      assertThat(fused).hasSize(CachedPasses.steps(pass.network()));
      for (int i = 0; i < steps.size(); i++) {
        assertWithMessage("pass %s of rows of %s", i, Arrays.toString(lengths))
            .that(fused.get(i))
            .isEqualTo(steps.get(i));
      }
    }
  }

  /** Two models of one shape have the same kernels, which stay until both are closed. */
  @Test
  void theFirstThatClosesTakesNothingFromTheOther() throws IOException {
    Path made = RandomCheckpoint.write(folder, family("llama").json());
    try (EnginePass stays = new EnginePass(made, DType.FLOAT32, new long[] {3})) {
      try (EnginePass leaves = new EnginePass(made, DType.FLOAT32, new long[] {3})) {
        compare(leaves);
        compare(stays);
      }
      compare(stays);
    }
    try (EnginePass again = new EnginePass(made, DType.FLOAT32, new long[] {3})) {
      compare(again);
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"linear", "columns", "two-columns", "chunks", "onednn", "inputs", "bags"})
  void soDoAllFormsOfAProduct(String form) throws IOException {
    System.setProperty(FORM, form);
    for (String name : LAYOUTS) {
      compare(family(name));
    }
  }

  /** With both layouts of matrices. */
  private static final List<String> LAYOUTS = List.of("gpt2", "llama");

  private static FamiliesConformTest.Configured family(String name) {
    return FamiliesConformTest.all()
        .filter(each -> each.name().equals(name))
        .findFirst()
        .orElseThrow();
  }

  @ParameterizedTest
  @CsvSource({"FLOAT32, BFLOAT16", "FLOAT32, INT8", "BFLOAT16, AS_STORED"})
  void soDoMatricesOfFewerBits(DType run, WeightFormat format) throws IOException {
    LoadSettings settings = new LoadSettings(true, run, TorchDevice.CPU, 0, format);
    for (String name : LAYOUTS) {
      Path model =
          RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family(name).json());
      try (EnginePass pass =
          new EnginePass(
              model,
              new long[] {3},
              (blueprint, checkpoint) ->
                  Weights.load(blueprint.withType(run), checkpoint, settings))) {
        compare(pass);
        System.setProperty(PROPERTY, "fused");
        assertThat(fusedBlocks(pass, Taps.NONE)).isEqualTo(BLOCKS);
      }
    }
  }

  @TestFactory
  Stream<DynamicTest> aBlockRunsInStepsOnlyIfSomebodyListensInside() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> listen(family)));
  }

  private void listen(FamiliesConformTest.Configured family) throws IOException {
    Path model = RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family.json());
    try (EnginePass pass = new EnginePass(model, DType.FLOAT32, new long[] {3, 1, 4, 1, 5})) {
      System.setProperty(PROPERTY, "fused");
      assertThat(fusedBlocks(pass, Taps.NONE)).isEqualTo(BLOCKS);
      int second = 0;
      for (SiteSpec site : pass.blueprint().sites()) {
        if (site.key().module().matches(".*\\.1(\\..*)?")) {
          second++;
          boolean edge = site.key().module().endsWith(".1");
          assertWithMessage(site.key().toString())
              .that(fusedBlocks(pass, only(site.order())))
              .isEqualTo(edge ? BLOCKS : BLOCKS - 1);
        }
      }
      assertThat(second).isAtLeast(10);
      System.setProperty(PROPERTY, "steps");
      assertThat(fusedBlocks(pass, Taps.NONE)).isEqualTo(0);
    }
  }

  private static EverySite only(int chosen) {
    return new EverySite() {
      @Override
      public boolean listens(int site) {
        return site == chosen;
      }

      @Override
      public boolean replaces(int input) {
        return false;
      }

      @Override
      public NDArray at(int site, NDArray value, Arena arena) {
        return value;
      }
    };
  }

  private static int fusedBlocks(EnginePass pass, Taps taps) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open()) {
      Pass made =
          new Pass(
              taps,
              arena,
              new Pass.Geometry(new long[] {3}, 3, 3),
              arena.longs(new long[] {0, 1, 2}, 1, 3),
              null,
              null,
              false,
              0);
      var unused = pass.network().forward(made, arena.longs(new long[] {3, 1, 4}, 1, 3));
      return made.blocksAsOne();
    }
  }

  @Test
  void anUnknownSettingIsRefusedByName() throws IOException {
    FamiliesConformTest.Configured family = FamiliesConformTest.all().toList().get(1);
    Path model = RandomCheckpoint.write(Files.createTempDirectory(folder, "made"), family.json());
    System.setProperty(PROPERTY, "fast");
    try (EnginePass pass = new EnginePass(model, DType.FLOAT32, new long[] {3})) {
      RunException refused = assertThrows(RunException.class, () -> fusedBlocks(pass, Taps.NONE));
      assertThat(refused)
          .hasMessageThat()
          .isEqualTo("the property nnsight4j.blocks: expected fused or steps, found 'fast'");
    }
  }
}
