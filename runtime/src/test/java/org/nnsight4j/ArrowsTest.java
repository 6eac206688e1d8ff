package org.nnsight4j;

import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import com.tngtech.archunit.library.dependencies.SliceAssignment;
import com.tngtech.archunit.library.dependencies.SliceIdentifier;
import java.security.MessageDigest;
import org.nnsight4j.checkpoint.GenerationConfig;
import org.nnsight4j.checkpoint.JsonFile;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;
import org.nnsight4j.internal.file.OwnFolder;
import org.nnsight4j.internal.toolfile.ToolFile;

/** The arrows of DESIGN §4: record → plan → run, the engine behind one door, and no way up. */
@AnalyzeClasses(packages = "org.nnsight4j", importOptions = ImportOption.DoNotIncludeTests.class)
final class ArrowsTest {
  private static final String ROOT = "org.nnsight4j";
  private static final String INTERNAL = "org.nnsight4j.internal.";

  @ArchTest
  static final ArchRule ONLY_ENGINE_RUN_AND_TOKENIZER_KNOW_DJL =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.nnsight4j.engine..",
              INTERNAL + "run..",
              INTERNAL + "eager..",
              "org.nnsight4j.tokenizer..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("ai.djl..");

  @ArchTest
  static final ArchRule RECORDING_NEEDS_NO_ENGINE =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              ROOT,
              "org.nnsight4j.engine..",
              "org.nnsight4j.tokenizer..",
              INTERNAL + "run..",
              INTERNAL + "eager..",
              INTERNAL + "local..",
              INTERNAL + "host..",
              INTERNAL + "share..",
              INTERNAL + "remote..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.nnsight4j.engine..", INTERNAL + "run..", "org.nnsight4j.tokenizer..");

  @ArchTest
  static final ArchRule JSON_IS_READ_BY_CHECKPOINT_WIRE_AND_REMOTE_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.nnsight4j.checkpoint..",
              INTERNAL + "checkpoint..",
              INTERNAL + "wire..",
              INTERNAL + "json..",
              INTERNAL + "hub..",
              INTERNAL + "pin..",
              "org.nnsight4j.remote..")
          .should()
          .dependOnClassesThat()
          .resideInAPackage("com.fasterxml..");

  /** The root is what users begin with; nothing below knows it. */
  @ArchTest
  static final ArchRule NOTHING_KNOWS_THE_ROOT =
      noClasses().that().resideOutsideOfPackage(ROOT).should().dependOnClassesThat(inRoot());

  private static DescribedPredicate<JavaClass> inRoot() {
    return resideInAPackage(ROOT);
  }

  /** Another reader would not know the other names of a family's keys. */
  @ArchTest
  static final ArchRule FAMILIES_ALONE_READ_CONFIGURATIONS =
      noClasses()
          .that()
          .doNotBelongToAnyOf(Families.class)
          .should()
          .callMethod(Family.class, "blueprint", ModelConfig.class);

  /**
   * A tool's file cannot be read without rules: {@link ToolFile} asks for them. Those for a model's
   * own two files are of its family, and of decoding.
   */
  @ArchTest
  static final ArchRule FILES_OF_OTHER_TOOLS_HAVE_RULES_FOR_THEIR_KEYS =
      classes()
          .that()
          .areAssignableTo(JsonFile.class)
          .and()
          .doNotBelongToAnyOf(JsonFile.class, ModelConfig.class, GenerationConfig.class)
          .should()
          .beAssignableTo(ToolFile.class);

  /**
   * Neither a wait nor a result depends on the setting of the clock; only the times of files are
   * compared with it, which come from the same clock.
   */
  @ArchTest
  static final ArchRule NOBODY_ASKS_FOR_THE_TIME_OF_DAY =
      noClasses()
          .that()
          .doNotBelongToAnyOf(OwnFolder.class)
          .should()
          .callMethod(java.time.Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis");

  /** Rooms of users and internal ones alike: each is a slice of its own. */
  @ArchTest
  static final ArchRule NO_CYCLES =
      slices()
          .assignedFrom(
              new SliceAssignment() {
                @Override
                public SliceIdentifier getIdentifierOf(JavaClass type) {
                  return type.getPackageName().startsWith(ROOT)
                      ? SliceIdentifier.of(type.getPackageName())
                      : SliceIdentifier.ignore();
                }

                @Override
                public String getDescription() {
                  return "packages of nnsight4j";
                }
              })
          .should()
          .beFreeOfCycles();

  /** Another one would read other JSON, or write other digits. */
  @ArchTest
  static final ArchRule ONE_HASH_AND_ONE_STRICT_READER =
      noClasses()
          .that()
          .resideOutsideOfPackages(
              "org.nnsight4j.internal.digest..", "org.nnsight4j.internal.json..")
          .should()
          .callMethod(MessageDigest.class, "getInstance", String.class)
          .orShould()
          .accessField(StreamReadFeature.class, "STRICT_DUPLICATE_DETECTION");

  @ArchTest
  static final ArchRule NO_DRAWERS_FOR_ANYTHING =
      noClasses()
          .should()
          .resideInAnyPackage("..util..", "..common..", "..helper..", "..manager..");

  @ArchTest
  static final ArchRule WHAT_IS_NOT_FOR_USERS_IS_INTERNAL =
      classes()
          .that(not(resideInAPackage("org.nnsight4j.internal..")))
          .should()
          .resideInAnyPackage(
              ROOT,
              "org.nnsight4j.arch",
              "org.nnsight4j.attach",
              "org.nnsight4j.checkpoint",
              "org.nnsight4j.engine",
              "org.nnsight4j.error",
              "org.nnsight4j.family",
              "org.nnsight4j.generate",
              "org.nnsight4j.remote",
              "org.nnsight4j.sweep",
              "org.nnsight4j.tensor",
              "org.nnsight4j.tokenizer",
              "org.nnsight4j.values");
}
