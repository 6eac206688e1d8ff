package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** The javadoc of each family says shapes with the names of axes: an editor shows nothing else. */
final class FamilyJavadocTest {
  private static final Path SOURCES = Path.of("src/main/java/org/nnsight4j/models");
  private static final Pattern ROOT =
      Pattern.compile(
          "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*@Architecture\\(\"\\w+\"\\)\\s*(?:@\\w+(?:\\([^)]*\\))?\\s*)*public interface \\w+ extends (?:Tuple)?Layer<",
          Pattern.DOTALL);

  /** What its own type does not say the shape of. */
  private static final Pattern PLACE =
      Pattern.compile(
          "/\\*\\*((?:(?!\\*/).)*)\\*/\\s*((?:@\\w+(?:\\([^)]*\\))?\\s*)*)(?:Site|Layer|Pair|Triple)<[\\w<>., ]+ (\\w+)\\(",
          Pattern.DOTALL);

  private static List<Path> files() throws IOException {
    try (Stream<Path> files = Files.walk(SOURCES)) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    }
  }

  @Test
  void saysShapes() throws IOException {
    List<String> families = new ArrayList<>();
    for (Path file : files()) {
      String source = Files.readString(file);
      Matcher root = ROOT.matcher(source);
      if (!root.find()) {
        continue;
      }
      families.add(file.getFileName().toString());
      String words = root.group(1).replaceAll("\\s*\\*?\\s+", " ");
      assertWithMessage("%s: what its input is", file).that(words).contains("[batch, position]");
      assertWithMessage("%s: what its output is", file)
          .that(words)
          .containsMatch("\\[batch, position, \\w+]");
      Matcher place = PLACE.matcher(source);
      while (place.find()) {
        assertWithMessage("%s: the shape of %s()", file, place.group(3))
            .that(place.group(1).contains("[") || place.group(2).contains("@Shape"))
            .isTrue();
      }
    }
    // As many as there were; a pattern that finds nothing would say that all is well.
    assertThat(families.size()).isAtLeast(23);
  }
}
