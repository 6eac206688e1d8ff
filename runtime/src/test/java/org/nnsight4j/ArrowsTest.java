package org.nnsight4j;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;

/** The arrows of DESIGN §4: record → plan → run, and the engine behind one door. */
@AnalyzeClasses(packages = "org.nnsight4j", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArrowsTest {
  @ArchTest
  static final ArchRule ONLY_ENGINE_RUN_AND_TOKENIZER_KNOW_DJL =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.nnsight4j.engine..", "org.nnsight4j.run..", "org.nnsight4j.tokenizer..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule RECORDING_NEEDS_NO_ENGINE =
      noClasses()
          .that()
          .resideInAnyPackage(
              "org.nnsight4j.tensor..",
              "org.nnsight4j.shape..",
              "org.nnsight4j.op..",
              "org.nnsight4j.graph..",
              "org.nnsight4j.arch..",
              "org.nnsight4j.family..",
              "org.nnsight4j.figure..",
              "org.nnsight4j.record..",
              "org.nnsight4j.plan..",
              "org.nnsight4j.attach..",
              "org.nnsight4j.wire..",
              "org.nnsight4j.remote..",
              "org.nnsight4j.pin..",
              "org.nnsight4j.checkpoint..",
              "org.nnsight4j.generate..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.nnsight4j.engine..", "org.nnsight4j.run..", "org.nnsight4j.tokenizer..");

  @ArchTest
  static final ArchRule JSON_IS_READ_BY_CHECKPOINT_WIRE_AND_REMOTE_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.nnsight4j.checkpoint..", "org.nnsight4j.wire..", "org.nnsight4j.remote..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.fasterxml..");

  /** Who asked a family by himself would not know the other names of its keys. */
  @ArchTest
  static final ArchRule FAMILIES_ALONE_READ_CONFIGURATIONS =
      noClasses()
          .that()
          .doNotBelongToAnyOf(Families.class)
          .should()
          .callMethod(Family.class, "blueprint", ModelConfig.class);

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("org.nnsight4j.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule NO_DRAWERS_FOR_ANYTHING =
      noClasses()
          .should()
          .resideInAnyPackage("..util..", "..common..", "..helper..", "..manager..");
}
