package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Sweep;
import org.nnsight4j.SweepPlan;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.ModelKind;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** In every family, a planned sweep has the numbers of one forward pass for each cell. */
final class SweepConformanceTest {
  /** Together they have each way of attention, of sums and of positions. */
  private static final Set<String> USUAL =
      Set.of("gpt2", "gemma2", "bloom", "gpt_neox", "gpt_oss", "opt, whose norms follow the sums");

  /** Pairs that differ from positions 2 and 4 on. */
  private static final long[][] CLEAN = {{3, 9, 1, 4, 8, 2}, {5, 5, 7, 0, 11, 6}};

  private static final long[][] CORRUPTED = {{3, 9, 10, 4, 8, 12}, {5, 5, 7, 0, 2, 6}};

  /**
   * The random weights of some families make more of a rounding error than a model would: their
   * clean runs in a batch and alone differ by more than a millionth, too. That it is rounding and
   * nothing else shows in FP64, where the difference is 2^29 times smaller: about 1e-16.
   */
  private static final double OF_ALL = 5e-6;

  /** What is left of it in FP64. */
  private static final double IN_FP64 = 1e-12;

  @TestFactory
  Stream<DynamicTest> someCells() {
    return named(USUAL)
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> some(family.json())));
  }

  @TestFactory
  @Tag("nightly")
  Stream<DynamicTest> everyCell() {
    return families()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> every(family.json())));
  }

  /** The same cells in FP64, where a wrong formula would stay and rounding goes. */
  @TestFactory
  Stream<DynamicTest> someCellsInFp64() {
    return named(Set.of("gpt2"))
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> precise(family.json(), false)));
  }

  @TestFactory
  @Tag("nightly")
  Stream<DynamicTest> everyCellInFp64() {
    return families()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> precise(family.json(), true)));
  }

  /** In FP64 each head's first order is the slope of its sweep, also where heads share keys. */
  @TestFactory
  @Tag("nightly")
  Stream<DynamicTest> firstOrderOfEachHead() {
    return named(Set.of("gpt2", "llama", "gpt_neox"))
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> slopes(family.json())));
  }

  private static void slopes(String config) {
    double small = 1e-5;
    try (LanguageModel<AnyModel> model = SweepOracle.open(config, DType.FLOAT64)) {
      Sweep sweep = pairs(model).at(sites(model, true)).noise().eachHead().positions(2, -1);
      SweepResult whole = sweep.plan().attribute();
      SweepResult little = sweep.strengths(small, -small).plan().run();
      Tensor first = whole.of("difference");
      Tensor moved = little.of("difference");
      int cells = first.size() / CLEAN.length;
      int present = 0;
      for (int cell = 0; cell < first.size(); cell++) {
        double slope = (moved.at(2 * cell) - moved.at(2 * cell + 1)) / (2 * small);
        double attributed = first.at(cell) - whole.clean("difference").at(cell / cells);
        if (Double.isNaN(attributed)) {
          assertThat(slope).isNaN();
        } else {
          present++;
          assertThat(slope).isWithin(1e-6 * Math.max(1, Math.abs(attributed))).of(attributed);
        }
      }
      assertThat(present).isGreaterThan(cells);
    }
  }

  private static void precise(String config, boolean all) {
    try (LanguageModel<AnyModel> model = SweepOracle.open(config, DType.FLOAT64)) {
      Sweep pairs = pairs(model);
      Sweep streams = pairs.at(sites(model, false)).denoise();
      Sweep heads = pairs.at(sites(model, true)).noise().eachHead().strengths(0.5);
      for (Sweep sweep : List.of(streams, heads)) {
        SweepPlan plan = (all ? sweep : sweep.positions(1, 2, -1)).plan();
        SweepResult planned = SweepOracle.checked(plan, IN_FP64);
        assertThat(planned.of(SweepOracle.LARGEST).dtype()).isEqualTo(DType.FLOAT64);
      }
    }
  }

  private static Stream<FamiliesConformTest.Configured> named(Set<String> names) {
    return FamiliesConformTest.all().filter(family -> names.contains(family.name()));
  }

  private static Stream<FamiliesConformTest.Configured> families() {
    return FamiliesConformTest.all()
        .filter(
            family -> {
              try (LanguageModel<AnyModel> model = SweepOracle.open(family.json())) {
                return model.blueprint().kind() == ModelKind.DECODER;
              }
            });
  }

  private static void some(String config) {
    try (LanguageModel<AnyModel> model = SweepOracle.open(config)) {
      Sweep pairs = pairs(model);
      check(pairs.at(sites(model, false)).denoise().positions(1, 2, -1).plan());
      check(pairs.at(sites(model, true)).noise().heads(0).positions(3, 5).strengths(0.5).plan());
    }
  }

  private static void every(String config) {
    try (LanguageModel<AnyModel> model = SweepOracle.open(config)) {
      Sweep pairs = pairs(model);
      every(pairs.at(sites(model, false)).denoise());
      every(pairs.at(sites(model, true)).noise().eachHead().strengths(0.5, 1));
      every(pairs.at(sites(model, true)).denoise().eachHead().together(0, 2, 3, 5));
      every(pairs.at(sites(model, false)).zero().allPositions());
    }
  }

  private static void every(Sweep sweep) {
    var unused = SweepOracle.checked(sweep.plan(), OF_ALL);
  }

  private static Sweep pairs(LanguageModel<AnyModel> model) {
    return model
        .sweep(CLEAN, CORRUPTED)
        .metric("difference", Metrics.logitDifference(3, 7))
        .metric("kl", Metrics.klFromClean())
        .metric(SweepOracle.LARGEST, SweepOracle.LARGEST_LOGIT);
  }

  private static void check(SweepPlan plan) {
    assertThat(plan.report().computed()).isLessThan(plan.report().cells());
    var unused = SweepOracle.checked(plan);
  }

  private static SweepSite[] sites(LanguageModel<?> model, boolean heads) {
    DecoderPlaces places = model.blueprint().decoder();
    boolean atOnce = places.layers().get(0).sums() == DecoderPlaces.Sums.AT_ONCE;
    List<SweepSite> sites = new ArrayList<>();
    for (SweepSite site : SweepSite.values()) {
      if (site.hasHeads() == heads && !(atOnce && site == SweepSite.RESID_MID)) {
        sites.add(site);
      }
    }
    return sites.toArray(SweepSite[]::new);
  }
}
