package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.models.llama.EmbeddedLlama;

/** The embedded Llama, messages to it, and text that comes token by token. */
final class ChatAndLiveTextTest {
  private static final String MADISON = "Madison Square Garden is located in the city of";

  /** What a message says stands at the end, so that this model goes on with it. */
  private static final String TEMPLATE =
      "{{ bos_token }}{% for m in messages %}{% if m.role == 'system' %}{{ m.content }} {% endif %}"
          + "{% if m.role == 'user' %}{{ m.content }}{% endif %}{% endfor %}";

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private final List<String> flushed = new ArrayList<>();

  @TempDir private Path folder;

  @AfterEach
  void clear() {
    System.clearProperty("nnsight4j.live");
  }

  private int execute(String... arguments) {
    out.getBuffer().setLength(0);
    err.getBuffer().setLength(0);
    Writer flushing =
        new Writer() {
          @Override
          public void write(char[] chars, int from, int length) {
            out.write(chars, from, length);
          }

          @Override
          public void flush() {
            flushed.add(out.toString());
          }

          @Override
          public void close() {}
        };
    return Main.command(arguments)
        .setOut(new PrintWriter(flushing, true))
        .setErr(new PrintWriter(err, true))
        .execute(arguments);
  }

  private void succeeds(String... arguments) {
    int code = execute(arguments);
    assertThat(err.toString()).isEmpty();
    assertThat(code).isEqualTo(0);
  }

  private String chatting() throws IOException {
    try (Stream<Path> files = Files.list(EmbeddedLlama.directory())) {
      for (Path file : files.toList()) {
        Files.copy(file, folder.resolve(file.getFileName()));
      }
    }
    Files.writeString(folder.resolve("chat_template.jinja"), TEMPLATE);
    return folder.toString();
  }

  @Test
  void theEmbeddedLlamaAnswersAndHasALens() {
    succeeds("run", "--embedded", "llama", "--max-new-tokens", "3", MADISON);
    assertThat(out.toString().strip()).isEqualTo(MADISON + " New York City");
    succeeds("lens", "--embedded", "llama", "The capital of Japan is");
    assertThat(out.toString()).containsMatch("layers\\.3 .*_Tokyo (99|100)%");
    Path file = folder.resolve("values.safetensors");
    succeeds("cache", "--embedded", "llama", "--out", file.toString(), MADISON);
    assertThat(Files.exists(file)).isTrue();
    succeeds("run", "--embedded", "gpt2", "--max-new-tokens", "3", MADISON);
    assertThat(out.toString().strip()).isEqualTo(MADISON + " New York City");
  }

  @Test
  void onlyAModelInsideIsEmbedded() {
    assertThat(execute("run", "--embedded", "bert", "x")).isEqualTo(2);
    assertThat(err.toString()).contains("which are gpt2 and llama, found 'bert'");
    assertThat(execute("run", "--embedded", "llama", "--model", "x", "x")).isEqualTo(2);
    assertThat(err.toString()).contains("expected --model or --embedded, found both");
    assertThat(execute("serve", "--embedded", "bert", "--data", folder.toString())).isEqualTo(2);
    assertThat(err.toString()).contains("which are gpt2 and llama, found 'bert'");
  }

  @Test
  void idsWithoutTheFirstTokenOfTheTokenizerAreTold() {
    assertThat(execute("run", "--embedded", "llama", "--ids", "361,1020", "--max-new-tokens", "1"))
        .isEqualTo(0);
    assertThat(err.toString())
        .startsWith("nnsight4j: warning: without '<|begin_of_text|>' (1) in front: row 0;");
    Path file = folder.resolve("values.safetensors");
    assertThat(
            execute("cache", "--embedded", "llama", "--ids", "361,1020", "--out", file.toString()))
        .isEqualTo(0);
    assertThat(err.toString()).contains("without '<|begin_of_text|>'");
    succeeds("run", "--embedded", "llama", "--ids", "1,361,1020", "--max-new-tokens", "1");
  }

  @Test
  void aMessageIsAnsweredAsTheTemplateSays() throws IOException {
    String model = chatting();
    succeeds("run", "--chat", "--model", model, "--max-new-tokens", "3", MADISON);
    assertThat(out.toString().strip()).isEqualTo("New York City");
    succeeds(
        "run",
        "--chat",
        "--model",
        model,
        "--system",
        "The capital of Japan is",
        "--json",
        "--max-new-tokens",
        "1",
        "Tokyo.");
    JsonNode sequence = new ObjectMapper().readTree(out.toString()).path("sequences").path(0);
    // One first token, which the template writes; the text is the answer's.
    long first = sequence.path("ids").path(0).asLong();
    long second = sequence.path("ids").path(1).asLong();
    assertThat(first).isEqualTo(1);
    assertThat(second).isNotEqualTo(1);
    assertThat(sequence.path("newIds")).hasSize(1);
    assertThat(sequence.path("text").asText()).doesNotContain("Tokyo.");
  }

  @Test
  void aMessageComesFromStandardInput() throws IOException {
    String model = chatting();
    InputStream before = System.in;
    System.setIn(new ByteArrayInputStream((MADISON + "\n").getBytes(StandardCharsets.UTF_8)));
    try {
      succeeds("run", "--chat", "--model", model, "--max-new-tokens", "1", "-");
    } finally {
      System.setIn(before);
    }
    assertThat(out.toString().strip()).isEqualTo("New");
  }

  @Test
  void aModelWithoutATemplateIsNamedAndWhatToDoIsSaid() {
    assertThat(execute("run", "--chat", "--embedded", "llama", "Hello")).isEqualTo(1);
    assertThat(err.toString())
        .startsWith("nnsight4j: the embedded llama has no chat template (chat_template.jinja, or");
    assertThat(err.toString()).contains("leave --chat out and give it a text to continue, or take");
  }

  @Test
  void whatDoesNotBelongToAChatIsRefused() {
    assertThat(execute("run", "--system", "Be brief.", "Hello")).isEqualTo(2);
    assertThat(err.toString()).contains("--system is a message of a chat: add --chat");
    assertThat(execute("run", "--chat", "--ids", "1,2")).isEqualTo(2);
    assertThat(err.toString()).contains("expected a text with --chat, found --ids");
  }

  @ParameterizedTest
  @ValueSource(strings = {"The Eiffel Tower is in the city of", "Zürich\r\nTokyo is 東京, \u001b[1m"})
  void aTerminalSeesTokensAsTheyCome(String prompt) {
    String[] arguments = {"run", "--embedded", "llama", "--max-new-tokens", "9", prompt};
    succeeds(arguments);
    String whole = out.toString();
    flushed.clear();
    System.setProperty("nnsight4j.live", "true");
    succeeds(arguments);
    assertThat(out.toString()).isEqualTo(whole);
    assertThat(flushed.stream().distinct().count()).isGreaterThan(1L);
    assertThat(whole).startsWith(flushed.get(0).substring(0, 3));
  }

  @Test
  void severalTextsAndJsonComeAtTheEnd() {
    System.setProperty("nnsight4j.live", "true");
    String[] beams = {"run", "--num-beams", "2", "--num-return-sequences", "2", MADISON};
    succeeds(beams);
    assertThat(out.toString()).startsWith("[1] " + MADISON);
    succeeds("run", "--json", "--max-new-tokens", "1", MADISON);
    assertThat(out.toString()).startsWith("{\"sequences\"");
  }
}
