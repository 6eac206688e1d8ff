package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/** Prompts are texts, whatever they look like. */
final class PromptTest {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "-5 degrees is",
        "-5",
        "- a",
        "--",
        "-.5",
        "-hello there",
        "--help me",
        "-v is a letter",
        "@name",
        "@/etc/hostname",
        "@",
        "@@name",
        "${sys:user.home}",
        "@|bold a|@",
        "%s",
        "'quoted'",
        "\"quoted\"",
        "a=b",
        "--=a b"
      })
  void isContinuedUnchanged(String text) {
    // Two dashes end the options, also as a text.
    String[] arguments =
        text.equals("--")
            ? new String[] {"run", "--max-new-tokens", "1", "--json", "--", text}
            : new String[] {"run", text, "--max-new-tokens", "1", "--json"};
    succeeds(arguments);
    assertThat(sequence().get("text").textValue()).startsWith(text);
  }

  @Test
  void whatLooksLikeAnOptionComesAfterTwoDashes() {
    succeeds("run", "--json", "--max-new-tokens=1", "--", "--top-k");
    assertThat(sequence().get("text").textValue()).startsWith("--top-k");
    assertThat(execute("run", "--max-tokens", "--", "a")).isEqualTo(2);
    assertThat(err.toString()).contains("unknown option --max-tokens");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", "\r\n"})
  void comesFromStandardInput(String lineBreak) {
    given(EIFFEL + lineBreak, "run", "-", "--max-new-tokens", "1");
    assertThat(out.toString().strip()).isEqualTo(EIFFEL + " Paris");
  }

  @Test
  void standardInputLosesOneLineBreakAtMost() {
    given("a\n\n", "run", "-", "--max-new-tokens", "1", "--json");
    assertThat(sequence().get("text").textValue()).startsWith("a\n");
  }

  @Test
  void standardInputMustBeText() {
    assertThat(with(new byte[] {'a', (byte) 0xff}, "run", "-")).isEqualTo(2);
    assertThat(err.toString()).contains("expected text in UTF-8 in standard input");
    assertThat(with(new byte[0], "run", "-")).isEqualTo(2);
    assertThat(err.toString()).contains("the prompt is empty");
  }

  @Test
  void idsGiveTheSameAsTheirText() {
    long[] ids;
    long[] generated;
    try (LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class)) {
      ids = model.tokenizer().encode(EIFFEL);
      generated = model.tokenizer().encode(EIFFEL + " Paris");
    }
    String joined = Arrays.stream(ids).mapToObj(Long::toString).collect(Collectors.joining(","));
    succeeds("run", "--ids", joined, "--json", "--max-new-tokens", "1");
    JsonNode sequence = sequence();
    assertThat(sequence.get("ids").toString())
        .isEqualTo(Arrays.toString(generated).replace(" ", ""));
    assertThat(sequence.get("newIds").toString())
        .isEqualTo("[" + generated[generated.length - 1] + "]");
    assertThat(sequence.get("text").textValue()).isEqualTo(EIFFEL + " Paris");
    assertThat(sequence.get("finish").textValue()).isEqualTo("length");
    succeeds("lens", "--ids", joined);
    String lens = out.toString();
    succeeds("lens", EIFFEL);
    assertThat(out.toString()).isEqualTo(lens);
  }

  @Test
  void jsonHasAllSequencesAndWhyTheyEnded() {
    succeeds("run", "--json", "--num-beams=2", "--num-return-sequences=2", "--stop=Paris", EIFFEL);
    JsonNode sequences = json().get("sequences");
    assertThat(sequences.size()).isEqualTo(2);
    assertThat(sequences.get(0).get("finish").textValue()).isAnyOf("stop_string", "length", "eos");
    assertThat(out.toString().strip().lines().count()).isEqualTo(1);
  }

  /** The bytes do not depend on what a terminal can show. */
  @Test
  void jsonIsAscii() {
    succeeds("run", "--json", "--max-new-tokens=1", "h\u00e9llo");
    assertThat(out.toString()).matches("\\p{ASCII}+");
    assertThat(sequence().get("text").textValue()).startsWith("h\u00e9llo");
  }

  @Test
  void modelsWithoutATokenizerTakeIds() throws Exception {
    for (String file : new String[] {"config.json", "model.safetensors"}) {
      Files.copy(EmbeddedGpt2.directory().resolve(file), folder.resolve(file));
    }
    String model = folder.toString();
    succeeds("run", "--model", model, "--ids", "1,2", "--max-new-tokens", "1");
    assertThat(out.toString().strip()).matches("1,2,\\d+");
    succeeds("run", "--model", model, "--ids", "1,2", "--max-new-tokens", "1", "--json");
    assertThat(sequence().get("text").isNull()).isTrue();
    assertThat(execute("run", "--model", model, "a")).isEqualTo(1);
    assertThat(err.toString())
        .contains("has no tokenizer.json, so text cannot be read; give token ids by --ids");
  }

  @ParameterizedTest
  @ValueSource(strings = {"run", "lens", "cache"})
  void aPromptThatIsTooLongIsRefusedInTheCommandsTerms(String command) {
    String text = "The city of Paris ".repeat(200);
    String[] arguments =
        command.equals("cache")
            ? new String[] {command, text, "--out", folder.resolve("a").toString()}
            : new String[] {command, text};
    assertThat(execute(arguments)).isEqualTo(2);
    assertThat(err.toString()).contains("the prompt has ");
    assertThat(err.toString()).contains(" positions");
    assertThat(err.toString()).doesNotContain("maxNewTokens");
    assertThat(err.toString().contains("--max-new-tokens")).isEqualTo(command.equals("run"));
  }

  private void succeeds(String... arguments) {
    assertWithMessage(err.toString()).that(execute(arguments)).isEqualTo(0);
    assertThat(err.toString()).isEmpty();
  }

  private void given(String input, String... arguments) {
    int code = with(input.getBytes(StandardCharsets.UTF_8), arguments);
    assertWithMessage(err.toString()).that(code).isEqualTo(0);
  }

  private int with(byte[] input, String... arguments) {
    InputStream usual = System.in;
    System.setIn(new ByteArrayInputStream(input));
    try {
      return execute(arguments);
    } finally {
      System.setIn(usual);
    }
  }

  private JsonNode json() {
    try {
      return new ObjectMapper().readTree(out.toString());
    } catch (java.io.IOException e) {
      throw new AssertionError(out.toString(), e);
    }
  }

  private JsonNode sequence() {
    return json().get("sequences").get(0);
  }

  private int execute(String... args) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    return Main.command(args)
        .setOut(new PrintWriter(out, true))
        .setErr(new PrintWriter(err, true))
        .execute(args);
  }
}
