package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Java of the tables for those who come from Python compiles. */
final class TablesOfNamesTest {
  private static final Pattern CODE = Pattern.compile("`([^`]+)`");

  @TempDir Path classes;

  @ParameterizedTest
  @CsvSource({"from-nnsight.md, 50", "from-transformerlens.md, 50"})
  void everyJavaCellCompiles(String page, int atLeast) throws IOException {
    List<String> cells = javaCells(Files.readString(Path.of(page)));
    assertThat(cells.size()).isAtLeast(atLeast);
    assertWithMessage(page).that(javac(source(cells))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource({"| a | `model.transformer().hh(3)` |", "| a | `h.softmx(-1)` |"})
  void aNameThatDoesNotExistIsFound(String row) throws IOException {
    assertThat(javac(source(javaCells("| x | nnsight4j |\n| --- | --- |\n" + row + "\n"))))
        .contains("cannot find symbol");
  }

  /** The code in the columns after the first of tables whose head names nnsight4j. */
  private static List<String> javaCells(String page) {
    List<String> cells = new ArrayList<>();
    boolean inside = false;
    for (String line : page.lines().toList()) {
      if (!line.startsWith("|")) {
        inside = false;
      } else if (line.contains(" nnsight4j")) {
        inside = true;
      } else if (inside && !line.startsWith("| ---")) {
        String[] columns = line.split(" \\| ", -1);
        Arrays.stream(columns, 1, columns.length)
            .flatMap(column -> CODE.matcher(column).results())
            .map((MatchResult code) -> code.group(1))
            .forEach(cells::add);
      }
    }
    return cells;
  }

  private static String source(List<String> cells) {
    StringBuilder methods = new StringBuilder();
    for (int i = 0; i < cells.size(); i++) {
      String code = cells.get(i);
      String body =
          code.matches("\\w+")
              ? "Object o = %s.class;".formatted(code)
              : code.endsWith("}") ? code : code + ";";
      methods.append("  void cell%s() throws Exception { %s }\n".formatted(i, body));
    }
    return """
    import static org.nnsight4j.Options.*;
    import static org.nnsight4j.tensor.Along.*;
    import static org.nnsight4j.tensor.Width.WIDTH;
    import java.nio.file.Path;
    import java.util.*;
    import org.nnsight4j.*;
    import org.nnsight4j.arch.*;
    import org.nnsight4j.attach.*;
    import org.nnsight4j.models.gpt2.*;
    import org.nnsight4j.models.gpt2.Gpt2.*;
    import org.nnsight4j.remote.RemoteServer;
    import org.nnsight4j.sweep.*;
    import org.nnsight4j.tensor.*;
    import org.nnsight4j.tensor.Axis;
    import org.nnsight4j.toolkit.attention.*;
    import org.nnsight4j.toolkit.attribution.*;
    import org.nnsight4j.toolkit.lens.*;
    import org.nnsight4j.toolkit.patching.*;
    import org.nnsight4j.toolkit.probe.*;
    import org.nnsight4j.toolkit.sae.*;
    import org.nnsight4j.toolkit.steering.*;
    import org.nnsight4j.values.*;

    abstract class Cells {
      LanguageModel<Gpt2> gpt2; Gpt2 model; AnyModel any; Decoder view;
      Generator<Gpt2> generator; Invoker<Gpt2> invoker; Edit edit; RemoteServer server;
      Value<Hidden> h; Value<Vocab> logits; Value<Axis> loss; Saved<Hidden> saved; Tensor vector;
      Path folder; String text; List<String> texts;
    """
        + methods
        + "}\n";
  }

  private String javac(String source) throws IOException {
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Cells.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    List<String> options =
        List.of(
            "-proc:none",
            "-nowarn",
            "-d",
            classes.toString(),
            "-cp",
            System.getProperty("java.class.path"));
    boolean compiles = compiler.getTask(said, null, null, options, null, List.of(file)).call();
    return compiles ? "" : said.toString();
  }
}
