package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * Every fence of README and docs is what its source says, and generated pages are as generated. To
 * write them instead: {@code ./mvnw -pl docs -am verify -Ddocs.write=true} (see CONTRIBUTING.md).
 */
final class DocumentsTest {
  private static final boolean WRITE = Boolean.getBoolean("docs.write");
  private static final Path README = Path.of("../README.md");

  @TestFactory
  Stream<DynamicTest> fences() throws IOException {
    return Stream.of(README, Path.of("../CONTRIBUTING.md"), Path.of("descriptors.md"))
        .filter(Files::exists)
        .flatMap(
            file ->
                Fence.in(read(file)).stream()
                    .map(
                        fence ->
                            DynamicTest.dynamicTest(
                                file.getFileName() + ", " + fence, () -> check(file, fence))));
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
  void theReadmeHasOneCommandToRunAndOneToTest() {
    List<Fence> commands =
        Fence.in(read(README)).stream().filter(fence -> fence.kind().equals("command")).toList();
    assertThat(commands.stream().map(Fence::name)).containsExactly("run", "test").inOrder();
    for (Fence command : commands) {
      assertThat(command.text().lines().count()).isEqualTo(1);
      assertThat(command.text()).startsWith("./mvnw ");
    }
  }

  @Test
  void linksLeadSomewhere() throws IOException {
    for (Path file : List.of(README, Path.of("../CONTRIBUTING.md"))) {
      java.util.regex.Pattern.compile("]\\(([^)#:]+)(#[^)]*)?\\)")
          .matcher(read(file))
          .results()
          .map(link -> Path.of("..").resolve(link.group(1)))
          .forEach(
              target ->
                  assertWithMessage("%s, linked from %s", target, file)
                      .that(Files.exists(target))
                      .isTrue());
    }
  }

  private static void check(Path file, Fence fence) throws Exception {
    String expected = Sources.of(fence);
    if (WRITE && !expected.equals(fence.text())) {
      String now = read(file);
      Fence there =
          Fence.in(now).stream()
              .filter(other -> other.toString().equals(fence.toString()) && same(other, fence))
              .findFirst()
              .orElseThrow();
      Files.writeString(file, there.replaced(now, expected));
    } else {
      assertThat(fence.text()).isEqualTo(expected);
    }
  }

  private static boolean same(Fence one, Fence other) {
    return one.text().equals(other.text());
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
      throw new java.io.UncheckedIOException(e);
    }
  }
}
