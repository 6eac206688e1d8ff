package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.Charset;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A generated class says what its descriptor says, in whatever letters javac writes files. */
class EncodingTest {
  private static final String SOURCE =
      """
      package letters;
      import org.nnsight4j.arch.*;
      import org.nnsight4j.tensor.Axis;
      @Architecture("mod\\u00e8le \\\\ \\ud83d\\ude00")
      public interface Toy extends Layer<Toy.Hidden> {
        @At("sch\\u00f6n.\\u540d\\u524d.\\ud83d\\ude00.\\\\\\u00e9") Layer<Hidden> \\u00fcber();
        @At("half.\\ud83d") Layer<Hidden> half(@Index("\\u03a9") int \\u03b1);
        interface Hidden extends Axis {}
      }
      class Use {
        static String said() {
          ToyModel toy = new ToyModel();
          return toy + " " + toy.\\u00fcber() + " " + toy.half(1);
        }
      }
      """;

  @TempDir Path folder;

  @ParameterizedTest
  @ValueSource(strings = {"US-ASCII", "ISO-8859-1", "UTF-8", "UTF-16", "Shift_JIS", "windows-1252"})
  void pathsSurvive(String encoding) throws Exception {
    Path source = folder.resolve("Toy.java");
    Files.writeString(source, SOURCE, Charset.forName(encoding));
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files =
        javac.getStandardFileManager(null, null, Charset.forName(encoding))) {
      JavaCompiler.CompilationTask task =
          javac.getTask(
              said,
              files,
              null,
              List.of("-encoding", encoding, "-d", folder.toString()),
              null,
              files.getJavaFileObjects(source));
      task.setProcessors(List.of(new ArchitectureProcessor()));
      assertWithMessage(said.toString()).that(task.call()).isTrue();
    }
    try (URLClassLoader classes =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      Method method = classes.loadClass("letters.Use").getDeclaredMethod("said");
      method.setAccessible(true);
      assertThat(method.invoke(null))
          .isEqualTo(
              "mod\u00e8le \\ \ud83d\ude00 sch\u00f6n.\u540d\u524d.\ud83d\ude00.\\\u00e9"
                  + " half.\ud83d.1");
    }
  }
}
