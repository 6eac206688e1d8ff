package org.nnsight4j.samples;

import static com.google.common.truth.Truth.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import jdk.jshell.tool.JavaShellToolBuilder;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The scripts for jshell and JBang run. */
class ScriptsTest {
  private static final Path SCRIPTS = Path.of("src/main/scripts");

  @TempDir Path folder;

  /** jshell's own tool, which runs snippets in a JVM of its own and compiles each of them. */
  @Test
  @Tag("nightly")
  void jshellPrintsALens() throws Exception {
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
    JavaShellToolBuilder.builder()
        .in(new ByteArrayInputStream(new byte[0]), null)
        .out(out)
        .err(out)
        .persistence(new HashMap<>())
        .locale(Locale.ROOT)
        .run(
            "--class-path",
            System.getProperty("java.class.path"),
            "-R-Dai.djl.offline=true",
            "-R-Dai.djl.pytorch.num_threads=1",
            "-R-XX:TieredStopAtLevel=1",
            SCRIPTS.resolve("lens.jsh").toString());
    String text = said.toString(StandardCharsets.UTF_8);
    assertThat(text).contains("_Paris 100%");
    assertThat(text).contains("Tensor[1, 128] FLOAT32");
    assertThat(text).doesNotContain("Exception");
  }

  /** JBang reads the comments; to javac the script is a class. */
  @Test
  void theScriptOfJbangCompilesAndRuns() throws Exception {
    Path script = SCRIPTS.resolve("Lens.java");
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter errors = new StringWriter();
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, Locale.ROOT, StandardCharsets.UTF_8)) {
      List<String> options =
          List.of(
              "-proc:none", "-d", folder.toString(), "-cp", System.getProperty("java.class.path"));
      boolean compiles =
          compiler
              .getTask(errors, files, null, options, null, files.getJavaFileObjects(script))
              .call();
      assertThat(errors.toString()).isEmpty();
      assertThat(compiles).isTrue();
    }
    PrintStream console = System.out;
    ByteArrayOutputStream said = new ByteArrayOutputStream();
    try (URLClassLoader classes = new URLClassLoader(new URL[] {folder.toUri().toURL()})) {
      System.setOut(new PrintStream(said, true, StandardCharsets.UTF_8));
      Method main = classes.loadClass("Lens").getMethod("main", String[].class);
      main.setAccessible(true);
      main.invoke(null, (Object) new String[] {"The Colosseum is in the city of"});
    } finally {
      System.setOut(console);
    }
    assertThat(said.toString(StandardCharsets.UTF_8)).contains("_Rome");
  }
}
