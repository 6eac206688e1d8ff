package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.testing.compile.CompilationSubject.assertThat;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.Compiler;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.arch.Site;

/**
 * Every source in {@code resources/good} is a descriptor and a class {@code Use}, whose {@code
 * paths()} lists layers, each with its path in a comment. The root stands as its architecture.
 */
class GoodDescriptorsTest {
  private static final Pattern LAYER = Pattern.compile("^ {8}\\S.*\\)*[,;] // (.*)$");

  static Stream<String> good() {
    return Javac.sourcesIn("good").stream().map(path -> path.getFileName().toString());
  }

  @ParameterizedTest
  @MethodSource("good")
  void layersKnowTheirPaths(String file) throws Exception {
    Path source = Javac.resource("good/" + file);
    Compilation compilation = Javac.compile(Javac.source(source));
    assertThat(compilation).succeeded();

    List<String> expected = new ArrayList<>();
    for (String line : Files.readAllLines(source)) {
      Matcher matcher = LAYER.matcher(line);
      if (matcher.matches()) {
        expected.add(matcher.group(1).replace("\\u005c", "\\"));
      }
    }
    String use = file.equals("Unnamed.java") ? "Use" : "good.Use";
    List<?> layers = (List<?>) new Compiled(compilation).call(use, "paths");
    List<String> found = new ArrayList<>();
    for (Object layer : layers) {
      found.add(layer.toString());
      assertThat(Site.path(layer)).isAnyOf("", layer.toString());
    }
    assertThat(found).containsExactlyElementsIn(expected).inOrder();
  }

  @ParameterizedTest
  @MethodSource("good")
  void generatedCodeGivesNoWarning(String file) {
    JavaFileObject source = Javac.source(Javac.resource("good/" + file));
    Compilation generated = Javac.compile(source);
    List<JavaFileObject> all = new ArrayList<>(generated.generatedSourceFiles());
    all.add(source);

    Compilation strict =
        Compiler.javac()
            .withOptions(
                "-proc:none",
                "-Xlint:all,-options,-auxiliaryclass",
                "-Xdoclint:all,-missing",
                "-Werror")
            .compile(all);

    assertThat(strict).succeededWithoutWarnings();
  }

  @ParameterizedTest
  @MethodSource("good")
  void sameDescriptorGivesSameBytes(String file) {
    JavaFileObject source = Javac.source(Javac.resource("good/" + file));
    assertThat(generated(source)).isEqualTo(generated(source));
  }

  private static List<String> generated(JavaFileObject source) {
    return Javac.compile(source).generatedSourceFiles().stream().map(Javac::text).toList();
  }
}
