package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every fence of README and docs agrees with its source, and generated pages are up to date. {@code
 * -Ddocs.write=true} writes them instead; CONTRIBUTING.md has the full command.
 */
final class DocumentsTest {
  private static final boolean WRITE = Boolean.getBoolean("docs.write");
  private static final Set<String> PRINTED = Set.of("prints", "cli");
  private static final Path README = Path.of("../README.md");

  @TestFactory
  Stream<DynamicTest> fences() throws IOException {
    return documents()
        .flatMap(
            file ->
                Fence.in(read(file)).stream()
                    .map(
                        fence ->
                            DynamicTest.dynamicTest(
                                file.getFileName() + ", " + fence, () -> check(file, fence))));
  }

  /** Every hand-written page; generated ones are compared as a whole. */
  private static Stream<Path> documents() throws IOException {
    List<Path> found = new ArrayList<>();
    for (String folder : List.of(".", "toolkit", "cookbook")) {
      try (Stream<Path> pages = Files.list(Path.of(folder))) {
        pages.filter(page -> page.toString().endsWith(".md")).sorted().forEach(found::add);
      }
    }
    return Stream.of(
            Stream.of(README, Path.of("../CONTRIBUTING.md")),
            ErrorPages.ids().stream().map(id -> ErrorPages.FOLDER.resolve(id + ".md")),
            found.stream())
        .flatMap(all -> all);
  }

  @Test
  void everyDiagnosticHasAPage() throws IOException {
    page(ErrorPages.FOLDER.resolve("README.md"), ErrorPages.index());
    try (Stream<Path> files = Files.list(ErrorPages.FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString().replace(".md", "")).toList())
          .containsExactlyElementsIn(
              Stream.concat(ErrorPages.ids().stream(), Stream.of("README")).toList());
    }
  }

  @Test
  void operations() throws IOException {
    page(Path.of("operations.md"), Pages.operations());
  }

  @Test
  void sites() throws IOException {
    page(Path.of("sites.md"), Pages.sites());
  }

  @Test
  void limits() throws IOException {
    page(Path.of("limits.md"), Pages.limits());
  }

  @Test
  void problems() throws IOException {
    page(Path.of("problems.md"), Pages.problems());
  }

  /** Another processor may round another way: numbers and colours are not compared. */
  @Test
  void pictures() throws IOException {
    for (Map.Entry<String, String> picture : Pages.pictures().entrySet()) {
      Path file = Path.of("images", picture.getKey());
      if (WRITE) {
        Files.writeString(file, picture.getValue());
      }
      assertThat(withoutNumbers(read(file))).isEqualTo(withoutNumbers(picture.getValue()));
    }
  }

  private static String withoutNumbers(String svg) {
    return svg.replaceAll("#[0-9a-f]{6}", "#").replaceAll("\\d+", "0");
  }

  @Test
  void theReadmeHasOneCommandToRunAndOneToTest() {
    List<Fence> commands =
        Fence.in(read(README)).stream().filter(fence -> fence.kind().equals("command")).toList();
    assertThat(commands.stream().map(Fence::name)).containsExactly("run", "test").inOrder();
    for (Fence command : commands) {
      assertThat(command.text().lines().count()).isEqualTo(1);
      assertThat(command.text()).startsWith("./mvnw ");
    }
  }

  /** Each program of the cookbook is on a page, with what it prints, so that it has run. */
  @Test
  void everyProgramOfTheCookbookIsShownAndRun() throws IOException {
    List<String> shown =
        documents()
            .flatMap(file -> Fence.in(read(file)).stream())
            .filter(fence -> fence.name().startsWith("cookbook."))
            .map(Fence::toString)
            .toList();
    assertThat(shown)
        .containsExactlyElementsIn(
            Sources.cookbook().stream()
                .flatMap(name -> Stream.of("program: cookbook." + name, "prints: cookbook." + name))
                .toList());
  }

  /** The project of {@code consumers} that follows the README has its words. */
  @Test
  void aFreshProjectFollowsTheReadme() throws IOException {
    String pom = words(read(Path.of("../consumers/src/it/readme/pom.xml")));
    List<Fence> copied =
        Fence.in(read(README)).stream()
            .filter(
                fence ->
                    List.of("pom: models", "pom: logging", "pom: processor")
                        .contains(fence.toString()))
            .toList();
    assertThat(copied).hasSize(3);
    for (Fence fence : copied) {
      assertThat(pom).contains(words(fence.text()));
    }
  }

  /** Its first program compiles as pasted, without a warning. */
  @Test
  void theFirstProgramCompilesAsPasted(@TempDir Path project) throws IOException {
    Fence first = Fence.in(read(README)).get(0);
    assertThat(first.toString()).isEqualTo("program: Quickstart");
    Path file = project.resolve("Quickstart.java");
    Files.writeString(file, first.text());
    StringWriter said = new StringWriter();
    int status =
        ToolProvider.findFirst("javac")
            .orElseThrow()
            .run(
                new PrintWriter(said, true),
                new PrintWriter(said, true),
                "-Xlint:all,-processing,-path",
                "-Werror",
                "-proc:none",
                "-cp",
                System.getProperty("java.class.path"),
                "-d",
                project.toString(),
                file.toString());
    assertWithMessage(said.toString()).that(status).isEqualTo(0);
    assertThat(Files.exists(project.resolve("Quickstart.class"))).isTrue();
  }

  private static String words(String text) {
    return text.replaceAll("\\s+", " ");
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    for (Path file : documents().toList()) {
      Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)")
          .matcher(read(file))
          .results()
          .filter(link -> !link.group(1).startsWith("http"))
          .map(link -> file.resolveSibling(link.group(1)))
          .forEach(
              target ->
                  assertWithMessage("%s, linked from %s", target, file)
                      .that(Files.exists(target))
                      .isTrue());
    }
  }

  /** The tests that a page names as its proof exist. */
  @Test
  void testsThatProveSomethingExist() throws IOException {
    List<String> names =
        Pattern.compile("`(\\w+Test)(#\\w+)?`")
            .matcher(read(Path.of("pains.md")))
            .results()
            .map(MatchResult::group)
            .toList();
    assertThat(names.size()).isAtLeast(25);
    for (String name : names) {
      String[] parts = name.replace("`", "").split("#", -1);
      assertWithMessage(name).that(Sources.tests(parts[0])).contains(parts[parts.length - 1]);
    }
  }

  private static void check(Path file, Fence fence) throws Exception {
    String expected = Sources.of(fence);
    if (PRINTED.contains(fence.kind()) && PrintedNumbers.agree(fence.text(), expected)) {
      return;
    }
    if (WRITE && !expected.equals(fence.text())) {
      String now = read(file);
      Fence there =
          Fence.in(now).stream()
              .filter(other -> other.toString().equals(fence.toString()))
              .findFirst()
              .orElseThrow();
      Files.writeString(file, there.replaced(now, expected));
    } else {
      assertThat(fence.text()).isEqualTo(expected);
    }
  }

  private static void page(Path file, String expected) throws IOException {
    if (WRITE) {
      Files.writeString(file, expected);
    } else {
      assertThat(read(file)).isEqualTo(expected);
    }
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
