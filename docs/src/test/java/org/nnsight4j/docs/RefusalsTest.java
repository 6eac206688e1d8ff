package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/**
 * What analyses, harvests and tests of models refuse is one family of exceptions, so that a program
 * catches it by one name; files have a kind of their own.
 */
final class RefusalsTest {
  private static final Pattern OF_JAVA =
      Pattern.compile(
          "throw new (IllegalArgumentException|IndexOutOfBoundsException|NoSuchElementException)\\b");

  /** A message about a file begins with its name. */
  private static final Pattern OF_A_FILE =
      Pattern.compile(
          "throw new CheckpointException\\(\\s*(file|folder|path|where)?(\\s*\\+)?\\s*\"?(%s)?: ");

  @Test
  void areOfOneFamily() throws IOException {
    List<String> others = new ArrayList<>();
    int seen = 0;
    for (String module : List.of("toolkit", "harvest", "junit")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src/main/java"))) {
        for (Path file : files.filter(each -> each.toString().endsWith(".java")).toList()) {
          String text = Files.readString(file);
          seen++;
          if (OF_JAVA.matcher(text).find()) {
            others.add(file + ": throw a RunException");
          }
          long thrown = text.split("throw new CheckpointException\\(", -1).length - 1L;
          if (thrown != OF_A_FILE.matcher(text).results().count()) {
            others.add(file + ": a CheckpointException is about a file, which its message names");
          }
        }
      }
    }
    assertThat(seen).isGreaterThan(150);
    assertWithMessage("see the rule of CONTRIBUTING.md").that(others).isEmpty();
  }
}
