package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.values.Saved;

/** What the plugin advises at a call compiles, and is not refused when it is recorded and run. */
final class PluginAdviceTest {
  /** A line that javac refuses, the message, and the line that the message advises. */
  private record Advice(String wrong, String text, String right) {
    @Override
    public String toString() {
      return wrong;
    }
  }

  @TempDir Path folder;

  static Stream<Advice> all() {
    return Stream.of(
        new Advice(
            "h.div(h.norm(-1))",
            "norm(-1, true) keeps the axis with length 1, which combines with every width",
            "h.div(h.norm(-1, true))"),
        new Advice(
            "h.sub(h.mean(1, 2))",
            "mean(new int[] {1, 2}, true) keeps the axis with length 1",
            "h.sub(h.mean(new int[] {1, 2}, true))"),
        new Advice("h.sub(h.mean(0))", "mean(BATCH) keeps the width", "h.sub(h.mean(Along.BATCH))"),
        new Advice(
            "h.mul(h.max(2))",
            "max(2, true) keeps the axis with length 1",
            "h.mul(h.max(2, true))"),
        new Advice(
            "h.div(h.norm())",
            "as(Gpt2.Hidden.class) states it, and is checked when recorded",
            "h.div(h.norm().as(Gpt2.Hidden.class))"),
        new Advice(
            "h.add(h.reshape(-1, 128))",
            "as(Gpt2.Hidden.class) states it, and is checked when recorded",
            "h.add(h.reshape(-1, 128).as(Gpt2.Hidden.class))"),
        new Advice(
            "((Value<?>) h).add(h)",
            "as(...) before add states it, and is checked when recorded",
            "((Value<?>) h).as(Gpt2.Hidden.class).add(h)"),
        new Advice(
            "h.add(model.output().get(\":, :, 0:128\"))",
            "where both have one length, as(Gpt2.Hidden.class) says so",
            "h.add(model.output().get(\":, :, 0:128\").as(Gpt2.Hidden.class))"),
        new Advice("h.softmx(-1)", "did you mean 'softmax'?", "h.softmax(-1)"),
        new Advice(
            "model.transformer().hh(2).output(0)",
            "did you mean 'h'?",
            "model.transformer().h(2).output(0)"),
        new Advice(
            "model.transformer().h(1).mlp().output(0)",
            "returns one value and no tuple, so output takes no index: output()",
            "model.transformer().h(1).mlp().output()"),
        new Advice(
            opened("EmbeddedGpt2.open()"),
            "the model is a LanguageModel<EmbeddedGpt2>: add .as(Gpt2.class), or write var",
            opened("EmbeddedGpt2.open().as(Gpt2.class)")),
        new Advice(
            "model.transformer().h(1).output(1)",
            "the first is output(0)",
            "model.transformer().h(1).output(0)"));
  }

  private static String opened(String model) {
    return "Stream.of(h).peek(each -> { LanguageModel<Gpt2> other = "
        + model
        + "; other.close(); }).toList().get(0)";
  }

  @ParameterizedTest
  @MethodSource("all")
  void canBeFollowed(Advice advice) throws Exception {
    assertThat(compile("Wrong", advice.wrong())).contains(advice.text());
    assertThat(compile("Right", advice.right())).isEmpty();
    try (URLClassLoader classes =
            new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader());
        LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Method record = classes.loadClass("Right").getDeclaredMethod("record", LanguageModel.class);
      record.setAccessible(true);
      Saved<?> saved = (Saved<?>) record.invoke(null, gpt2);
      assertThat(saved.value().size()).isGreaterThan(0);
    }
  }

  /** With star imports, the types in the docs can be named. */
  @Test
  void starsAreEnough() throws IOException {
    assertThat(
            compile(
                "Stars",
                "Stream.of((Gpt2.Block) model.transformer().h(0), (Block) model.transformer().h(1))"
                    + ".map(block -> block.output(0)).reduce(Value::add).orElseThrow()"))
        .isEmpty();
  }

  private String compile(String name, String expression) throws IOException {
    Path file = folder.resolve(name + ".java");
    Files.writeString(
        file,
        """
        import java.util.stream.*;
        import org.nnsight4j.*;
        import org.nnsight4j.attach.*;
        import org.nnsight4j.error.*;
        import org.nnsight4j.generate.*;
        import org.nnsight4j.values.*;
        import org.nnsight4j.models.gpt2.*;
        import org.nnsight4j.models.gpt2.Gpt2.*;
        import org.nnsight4j.tensor.*;

        final class %s {
          static Saved<?> record(LanguageModel<Gpt2> gpt2) {
            return gpt2.trace(
                "The Eiffel Tower",
                model -> {
                  Value<Hidden> h = model.transformer().h(1).output(0);
                  return %s.save();
                });
          }
        }
        """
            .formatted(name, expression));
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, Locale.ENGLISH, null)) {
      List<String> options =
          List.of(
              "-proc:none", "-cp", System.getProperty("java.class.path"), "-d", folder.toString());
      boolean compiled =
          javac.getTask(said, files, null, options, null, files.getJavaFileObjects(file)).call();
      assertWithMessage("%s", said).that(compiled).isEqualTo(said.toString().isEmpty());
    }
    return said.toString();
  }
}
