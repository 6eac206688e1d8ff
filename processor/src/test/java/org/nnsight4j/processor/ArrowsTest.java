package org.nnsight4j.processor;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;

/** Who may know whom. */
@AnalyzeClasses(
    packages = "org.nnsight4j.processor",
    importOptions = ImportOption.DoNotIncludeTests.class)
class ArrowsTest {
  private static final String HERE = "org.nnsight4j.processor..";

  @ArchTest
  static final ArchRule NOTHING_OF_THE_RUNTIME =
      classes()
          .should()
          .onlyDependOnClassesThat()
          .resideInAnyPackage(
              HERE,
              "java..",
              "javax..",
              "com.sun.source..",
              "com.palantir.javapoet..",
              "org.jspecify..",
              "com.google.auto.service..");

  @ArchTest
  static final ArchRule ONLY_WRITE_KNOWS_JAVAPOET =
      noClasses()
          .that()
          .resideOutsideOfPackage("..processor.write..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.palantir.javapoet..");

  @ArchTest
  static final ArchRule ONLY_THE_PLUGIN_KNOWS_JAVAC =
      noClasses()
          .that()
          .resideOutsideOfPackage("..processor.check..")
          .and()
          .haveNameNotMatching(".*CallSitePlugin")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.sun..");

  @ArchTest
  static final ArchRule THE_MODEL_KNOWS_NO_COMPILER =
      noClasses()
          .that()
          .resideInAPackage("..processor.model..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("javax..", "com.sun..", "..declare..", "..report..");

  @ArchTest
  static final ArchRule WRITING_KNOWS_THE_MODEL_ONLY =
      noClasses()
          .that()
          .resideInAPackage("..processor.write..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("..declare..", "..validate..", "..report..");

  @ArchTest
  static final ArchRule NO_PART_KNOWS_THE_WHOLE =
      noClasses()
          .that()
          .resideInAPackage("org.nnsight4j.processor.*..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("org.nnsight4j.processor");

  @ArchTest
  static final ArchRule NO_CYCLES =
      slices().matching("org.nnsight4j.processor.(*)..").should().beFreeOfCycles();
}
