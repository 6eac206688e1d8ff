package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;

import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * What is generated, letter by letter. After a wanted change, rewrite the files and review them:
 *
 * <pre>{@code
 * NNSIGHT4J_GOLDEN_ROOT=src/test/resources/golden ./mvnw test -pl processor -Dtest=GoldenTest
 * }</pre>
 *
 * A relative root is one below {@code processor}.
 */
class GoldenTest {
  private static final String ROOT = System.getenv("NNSIGHT4J_GOLDEN_ROOT");

  @ParameterizedTest
  @CsvSource({
    "good/Gpt2.java, good.Gpt2Model",
    "good/Keywords.java, good.KeywordsModel",
    "good/Clashes.java, good.ClashesModel",
    "good/PinnedToy.java, good.PinnedToyModel",
    "bad/GenericMethod.java, bad.GenericMethodModel",
    "bad/NotAnInterface.java, bad.NotAnInterfaceModel",
  })
  void generates(String source, String className, @TempDir Path output) throws IOException {
    String path = className.replace('.', '/') + ".java";
    String generated = Files.readString(generate(source, output).resolve(path));
    String name = path.substring(path.lastIndexOf('/') + 1);
    if (ROOT != null) {
      Path file = Files.createDirectories(Path.of(ROOT)).resolve(name);
      Files.writeString(file, generated);
      return;
    }
    String golden = Files.readString(Javac.resource("golden/" + name));
    assertThat(generated).isEqualTo(golden.replace("\r\n", "\n"));
  }

  /** Compile-testing would keep what a failed compilation generates. */
  private static Path generate(String source, Path output) {
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    List<String> options = List.of("-proc:only", "-s", output.toString(), "-d", output.toString());
    JavaCompiler.CompilationTask task =
        javac.getTask(
            new StringWriter(),
            null,
            null,
            options,
            null,
            List.of(Javac.source(Javac.resource(source))));
    task.setProcessors(List.of(new ArchitectureProcessor()));
    task.call();
    return output;
  }
}
