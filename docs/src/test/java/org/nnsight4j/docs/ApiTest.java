package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertWithMessage;
import static java.nio.charset.StandardCharsets.UTF_8;

import java.lang.module.ModuleReference;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What each module shows to users, in one file of {@code docs/api}: a change of the API shows in
 * the diff. {@code -Ddocs.write=true} regenerates the files.
 */
class ApiTest {
  private static final Path FOLDER = Path.of("api");

  private static final Pattern UNNAMED =
      Pattern.compile(
          "[(,] ?(int|long|double|float|boolean|String)(\\[]|\\.\\.\\.)?[,)]|\\barg\\d");

  /** What javac writes for each record and enum. */
  private static final Pattern GENERATED = Pattern.compile("^  final boolean equals\\(Object\\)");

  static Stream<ModuleReference> modules() {
    return ApiText.modules().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("modules")
  void isAsWritten(ModuleReference module) throws Exception {
    String name = module.descriptor().name();
    Path file = FOLDER.resolve(name + ".txt");
    String now = ApiText.of(module);
    if (Boolean.getBoolean("docs.write")) {
      Files.createDirectories(FOLDER);
      Files.writeString(file, now);
    }
    String written = Files.exists(file) ? Files.readString(file, UTF_8).replace("\r\n", "\n") : "";
    assertWithMessage(
            "the API of %s is not that of docs/%s; write it anew with the command of CONTRIBUTING.md",
            name, file)
        .that(now)
        .isEqualTo(written);
  }

  /** Who reads {@code effect(int, int, int)} has to guess which number is the layer. */
  @Test
  void argumentsHaveNames() throws Exception {
    List<String> unnamed = new ArrayList<>();
    for (ModuleReference module : ApiText.modules()) {
      ApiText.of(module)
          .lines()
          .filter(line -> line.startsWith("  ") && line.contains("("))
          .filter(line -> UNNAMED.matcher(line).find() && !GENERATED.matcher(line).find())
          .forEach(unnamed::add);
    }
    assertWithMessage("methods whose arguments have no names; compile with -parameters")
        .that(unnamed)
        .isEmpty();
  }

  /** In the toolkit, whose classes all have a {@code run} of a text and of ids. */
  @Test
  void javacSuggestsNoInternalRun() throws Exception {
    List<String> candidates = new ArrayList<>();
    for (ModuleReference module : ApiText.modules()) {
      if (module.descriptor().name().endsWith(".toolkit")) {
        candidates.addAll(ApiText.internalCandidates(module, "run"));
      }
    }
    assertWithMessage("private methods that javac names beside public ones; give them another name")
        .that(candidates)
        .isEmpty();
  }

  /** No file stays behind when its module goes. */
  @Test
  void eachFileIsOfAModule() throws Exception {
    List<String> names =
        ApiText.modules().stream().map(module -> module.descriptor().name() + ".txt").toList();
    try (Stream<Path> files = Files.list(FOLDER)) {
      assertWithMessage("docs/api")
          .that(files.map(file -> file.getFileName().toString()).collect(Collectors.toSet()))
          .containsExactlyElementsIn(names);
    }
  }
}
