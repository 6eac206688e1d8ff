package org.nnsight4j.server;

import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.library.dependencies.SlicesRuleDefinition.slices;

import com.fasterxml.jackson.core.StreamReadFeature;
import com.tngtech.archunit.core.importer.ImportOption;
import com.tngtech.archunit.junit.AnalyzeClasses;
import com.tngtech.archunit.junit.ArchTest;
import com.tngtech.archunit.lang.ArchRule;
import java.security.MessageDigest;
import org.slf4j.Logger;

/** The rooms of the server: http → dispatch → store, and SQL, HTTP and processes in one each. */
@AnalyzeClasses(
    packages = "org.nnsight4j.server",
    importOptions = ImportOption.DoNotIncludeTests.class)
final class ArrowsTest {
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
  static final ArchRule NO_CYCLES =
      slices().matching("org.nnsight4j.server.(*)..").should().beFreeOfCycles();

  @ArchTest
  static final ArchRule SQL_IN_THE_STORE_ALONE =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.nnsight4j.server.store..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("java.sql..", "com.zaxxer..", "org.flywaydb..", "org.postgresql..");

  @ArchTest
  static final ArchRule HTTP_IN_ONE_ROOM =
      noClasses()
          .that()
          .resideOutsideOfPackage("org.nnsight4j.server.http..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage("jakarta.ws..", "org.glassfish..", "org.eclipse.jetty..");

  @ArchTest
  static final ArchRule WORKERS_KNOW_NEITHER_STORE_NOR_HTTP =
      noClasses()
          .that()
          .resideInAnyPackage("org.nnsight4j.server.worker..", "org.nnsight4j.server.execute..")
          .should()
          .dependOnClassesThat()
          .resideInAnyPackage(
              "org.nnsight4j.server.store..",
              "org.nnsight4j.server.dispatch..",
              "org.nnsight4j.server.access..",
              "org.nnsight4j.server.http..");

  /** Other classes get a clock that tests can set, and that copes with being set. */
  @ArchTest
  static final ArchRule ONE_CLASS_ASKS_FOR_THE_TIME_OF_DAY =
      noClasses()
          .that()
          .doNotHaveFullyQualifiedName("org.nnsight4j.server.NnsightServer")
          .should()
          .callMethod(java.time.Instant.class, "now")
          .orShould()
          .callMethod(System.class, "currentTimeMillis")
          .orShould()
          .callMethod(java.time.Clock.class, "systemUTC")
          .orShould()
          .callMethod(java.time.Clock.class, "systemDefaultZone");

  @ArchTest
  static final ArchRule NO_JAVA_SERIALIZATION =
      noClasses()
          .should()
          .dependOnClassesThat()
          .haveNameMatching("java\\.io\\.Object(In|Out)putStream");

  /** Messages have words of users in them: {@code Shown.trace} lets none of them begin a line. */
  @ArchTest
  static final ArchRule FAILURES_ARE_LOGGED_AS_SHOWN =
      noClasses()
          .should()
          .callMethod(Logger.class, "error", String.class, Throwable.class)
          .orShould()
          .callMethod(Logger.class, "warn", String.class, Throwable.class)
          .orShould()
          .callMethod(Logger.class, "info", String.class, Throwable.class)
          .orShould()
          .callMethod(Logger.class, "debug", String.class, Throwable.class);

  @ArchTest
  static final ArchRule NO_DRAWERS_FOR_ANYTHING =
      noClasses()
          .should()
          .resideInAnyPackage("..util..", "..common..", "..helper..", "..manager..");
}
