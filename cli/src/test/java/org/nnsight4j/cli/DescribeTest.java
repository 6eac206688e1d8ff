package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import picocli.CommandLine;

class DescribeTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void showsModulesShapesParametersAndMemory() {
    assertThat(execute("describe", EmbeddedGpt2.directory().toString())).isEqualTo(0);
    assertThat(out.toString()).containsMatch("(?m)^gpt2: [\\d,]+ parameters, [\\d.]+ MB in memory");
    assertThat(out.toString())
        .containsMatch(
            "(?m)^transformer\\.h\\.\\*\\.mlp\\.c_fc +Conv1D +hidden 128 +\\[batch, position, inner"
                + " 512] +bias \\[512], weight \\[128, 512] +264,192$");
  }

  /** What is written compiles against what is written, whether or not the architecture is known. */
  @ParameterizedTest
  @ValueSource(strings = {"gpt2", "unheard-of"})
  void theFirstDescriptorCompilesAndAgrees(String architecture) throws Exception {
    Path checkpoint = Files.createDirectory(folder.resolve("model 1"));
    Files.copy(
        EmbeddedGpt2.directory().resolve("model.safetensors"),
        checkpoint.resolve("model.safetensors"));
    Files.writeString(
        checkpoint.resolve("config.json"),
        Files.readString(EmbeddedGpt2.directory().resolve("config.json"))
            .replace("\"model_type\": \"gpt2\"", "\"model_type\": \"" + architecture + "\""));
    Path home = Files.createDirectories(folder.resolve("org/example"));

    int exit =
        execute(
            "describe",
            checkpoint.toString(),
            "--snapshot",
            "--java",
            "--package=org.example",
            "--out",
            home.toString());

    assertWithMessage(err.toString()).that(exit).isEqualTo(0);
    assertThat(Files.readString(home.resolve("model-1.layers.json")))
        .contains("\"complete\": " + architecture.equals("gpt2"));
    assertThat(compile(home.resolve("Model1.java"))).isEmpty();
    if (architecture.equals("gpt2")) {
      Path source = home.resolve("Model1.java");
      String text = Files.readString(source);
      assertThat(text).contains("@Index(value = \"n_layer\", count = 4)");
      Files.writeString(source, text.replace("\"n_layer\"", "\"num_hidden_layers\""));
      assertThat(compile(source)).isEmpty();
    }
    Path other = home.resolve("model-1.layers.json");
    Files.writeString(other, Files.readString(other).replace("ln_1", "ln_11"));
    assertThat(compile(home.resolve("Model1.java")))
        .contains(
            "[UnknownLayer] transformer.h.* has 'ln_1' here, but not in model-1.layers.json; did you");
  }

  private String compile(Path source) throws Exception {
    StringWriter said = new StringWriter();
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      javac
          .getTask(
              said,
              files,
              null,
              List.of(
                  "-Xlint:all,-processing,-serial,-options",
                  "-sourcepath",
                  folder.toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  "-d",
                  Files.createTempDirectory(folder, "out").toString()),
              null,
              files.getJavaFileObjects(source))
          .call();
    }
    return said.toString();
  }

  @Test
  void refusesWhatItCannotRead() throws Exception {
    Path absent = folder.resolve("absent");
    assertThat(execute("describe", absent.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("expected a model directory");
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": \"unheard-of\"}");
    assertThat(execute("describe", folder.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("expected model.safetensors");
    Files.writeString(folder.resolve("config.json"), "{\"model_type\": ");
    assertThat(execute("describe", folder.toString())).isEqualTo(1);
    assertThat(err.toString()).contains("text that is not JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"--name=../x", "--package=org.example;", "--out=/nowhere/at all"})
  void refusesInvalidNames(String option) {
    assertThat(
            execute(
                "describe", EmbeddedGpt2.directory().toString(), "--snapshot", "--java", option))
        .isEqualTo(2);
    assertThat(err.toString()).contains(option.substring(0, option.indexOf('=')));
  }

  private int execute(String... args) {
    CommandLine command =
        Main.command(args).setOut(new PrintWriter(out)).setErr(new PrintWriter(err));
    return command.execute(args);
  }
}
