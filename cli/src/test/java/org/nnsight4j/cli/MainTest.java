package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class MainTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @Test
  void runPrintsTheText() {
    assertThat(execute("run", "--max-new-tokens", "1", EIFFEL)).isEqualTo(0);
    assertThat(out.toString().strip()).isEqualTo(EIFFEL + " Paris");
    assertThat(err.toString()).isEmpty();
  }

  @Test
  void verboseAddsTheReceiptOnStandardError() {
    assertThat(execute("run", "-v", "--max-new-tokens", "1", EIFFEL)).isEqualTo(0);
    assertThat(out.toString().strip()).isEqualTo(EIFFEL + " Paris");
    assertThat(err.toString().strip())
        .isEqualTo("receipt: 1 forward pass in FLOAT32 on cpu, weights FLOAT32");
  }

  @Test
  void everyOptionOfGenerationArrives() {
    assertThat(
            execute(
                "run",
                "--do-sample",
                "--temperature=0.7",
                "--top-k=5",
                "--top-p=0.9",
                "--seed=3",
                "--repetition-penalty=1.1",
                "--min-new-tokens=2",
                "--max-new-tokens=4",
                "--num-return-sequences=2",
                "--stop=.",
                "-v",
                EIFFEL))
        .isEqualTo(0);
    assertThat(out.toString().lines().count()).isEqualTo(2);
    assertThat(out.toString()).startsWith("[1] " + EIFFEL);
    assertThat(err.toString()).contains("seed: 3");
  }

  @Test
  void beamsReturnSeveralTexts() {
    assertThat(execute("run", "--num-beams=3", "--num-return-sequences=3", EIFFEL)).isEqualTo(0);
    assertThat(out.toString().lines().count()).isEqualTo(3);
  }

  @Test
  void lensPrintsLayersByTokens() {
    assertThat(execute("lens", EIFFEL)).isEqualTo(0);
    assertThat(out.toString()).contains("_Eiffel");
    assertThat(out.toString().lines().filter(line -> line.startsWith("h.3")).toList().get(1))
        .contains("_Paris 100%");
  }

  @Test
  void lensPrintsJson() throws Exception {
    assertThat(execute("lens", "--top=2", "--json", EIFFEL)).isEqualTo(0);
    JsonNode json = new ObjectMapper().readTree(out.toString());
    assertThat(json.get("tokens")).hasSize(8);
    JsonNode last = json.get("predictions").get(json.get("predictions").size() - 1);
    assertThat(last.get("position").asInt()).isEqualTo(7);
    assertThat(last.get("top")).hasSize(2);
    assertThat(last.get("top").get(0).get("token").asText()).isEqualTo("_Paris");
    fails(2, "mutually exclusive", "lens", "--json", "--html=b", "a");
  }

  @Test
  void lensWritesPictures() throws Exception {
    Path svg = folder.resolve("lens.svg");
    Path html = folder.resolve("lens.html");
    assertThat(execute("lens", "--top=3", "--svg", svg.toString(), EIFFEL)).isEqualTo(0);
    assertThat(execute("lens", "--html", html.toString(), EIFFEL)).isEqualTo(0);
    assertThat(Files.readString(svg)).startsWith("<svg ");
    assertThat(Files.readString(html)).startsWith("<!doctype html>");
    assertThat(out.toString()).contains(svg + " written");
  }

  @Test
  void errorsAreOneLine() throws Exception {
    Files.writeString(folder.resolve("config.json"), "{}");
    fails(1, "found no such directory", "run", "--model", folder.resolve("none").toString(), "a");
    fails(1, "model_type", "run", "--model", folder.toString(), "a");
  }

  @Test
  void mistakesInOptionsSayWhereToLook() {
    fails(2, "(see nnsight4j run --help)", "run", "--top-k", "many", "a");
    fails(2, "Missing required parameter: 'PROMPT' (see nnsight4j lens --help)", "lens");
    fails(
        2,
        "a command is missing: run, lens, patch, attribution-patch, circuit, causal-trace, knockout, patchscope, attention, heads, dla, steer, probe, sae, agreement, cache, describe, serve or admin (see nnsight4j --help)");
    fails(2, "there is no folder", "lens", "--svg", folder.resolve("none") + "/a.svg", "a");
    fails(2, "mutually exclusive", "lens", "--svg=a", "--html=b", "a");
    fails(2, "--top is 0; it must be at least 1", "lens", "--top=0", "a");
    fails(2, "--top is 2000; it can be 1 to 1329", "lens", "--top=2000", "a");
  }

  @Test
  void stacktraceIsPrintedOnRequest() {
    assertThat(execute("run", "--stacktrace", "--model", "none", "a")).isEqualTo(1);
    assertThat(err.toString()).contains("at org.nnsight4j.");
  }

  @Test
  void withoutALocaleTheTerminalReadsUtf8() {
    assertThat(Main.terminal(StandardCharsets.US_ASCII)).isEqualTo(StandardCharsets.UTF_8);
    assertThat(Main.terminal(StandardCharsets.ISO_8859_1)).isEqualTo(StandardCharsets.ISO_8859_1);
  }

  private void fails(int code, String message, String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    assertThat(execute(args)).isEqualTo(code);
    assertThat(err.toString()).startsWith("nnsight4j: ");
    assertThat(err.toString()).contains(message);
    assertThat(err.toString()).doesNotContain(".java:");
    assertThat(err.toString().lines().count()).isEqualTo(1);
    assertThat(out.toString()).isEmpty();
  }

  private int execute(String... args) {
    CommandLine command = Main.command(args);
    command.setOut(new PrintWriter(out, true)).setErr(new PrintWriter(err, true));
    return command.execute(args);
  }
}
