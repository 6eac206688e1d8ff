package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The configuration file of a server: the same options, and nothing that is not one. */
final class ConfigFileTest {
  private static final Set<String> KEYS =
      Set.of("port", "host", "model", "limit", "embedded", "no-models", "workers");
  @TempDir Path folder;

  private ConfigFile read(String text) throws IOException {
    return ConfigFile.read(Files.writeString(folder.resolve("c.yaml"), text), KEYS);
  }

  @Test
  void itSaysWhatACommandLineSays() throws Exception {
    ConfigFile config =
        read(
            """
            # A comment.
            port: 9000
            host: 127.0.0.1
            workers: 2
            embedded: [gpt2, llama]
            no-models: false
            model:
              small: /models/small
              large: {path: /models/large, workers: 4, device: "cuda:1", dtype: bfloat16}
            limit:
              jobs: 10
              steps: 5
            """);
    assertThat(config.arguments())
        .containsExactly(
            "--port=9000",
            "--host=127.0.0.1",
            "--workers=2",
            "--embedded=gpt2",
            "--embedded=llama",
            "--no-models=false",
            "--model=small=/models/small",
            "--model=large=/models/large",
            "--limit=jobs=10",
            "--limit=steps=5")
        .inOrder();
    assertThat(config.choice("large"))
        .isEqualTo(new ConfigFile.ModelSettings(4, "cuda:1", "bfloat16"));
    assertThat(config.choice("small")).isEqualTo(ConfigFile.ModelSettings.USUAL);
    assertThat(read("{\"port\": 1, \"model\": [\"a=b\"]}").arguments())
        .containsExactly("--port=1", "--model=a=b");
    assertThat(read("# nothing\n").arguments()).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "prot: 1 | unknown key 'prot'; did you mean port?",
        "model: {a: {path: b, worker: 2}} | unknown key 'worker' of model.a; did you mean workers?",
        "model: {a: {workers: 2}} | expected the path of model.a, found none",
        "model: {a: {path: b, workers: two}} | expected a number as model.a.workers, found \"\"two\"\"",
        "port: {a: 1} | expected one value as port",
        "port: | expected one value as port, found nothing",
        "new-admin-key: true | the option --new-admin-key belongs on the command line",
        "config: x | the option --config belongs on the command line",
        "- port | expected keys with values",
        "port: [1 | line 1:",
      })
  void whatItDoesNotKnowIsRefused(String text, String said) {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> read(text.strip()));
    assertThat(e).hasMessageThat().contains(said.replace("\"\"", "\""));
    assertThat(e).hasMessageThat().contains("c.yaml: ");
  }

  @Test
  void aKeyIsThereOnce() {
    IllegalArgumentException e =
        assertThrows(IllegalArgumentException.class, () -> read("port: 1\nport: 2\n"));
    assertThat(e).hasMessageThat().containsMatch("line 2: .*[Dd]uplicate.*port");
  }

  /** Whoever adds an option need not think of the file. */
  @Test
  void eachOptionOfTheCommandLineIsAKey() throws Exception {
    TreeSet<String> missing = new TreeSet<>();
    for (var option : Main.command().getSubcommands().get("serve").getCommandSpec().options()) {
      String key = option.longestName().replaceFirst("^--", "");
      Path file = Files.writeString(folder.resolve("one.yaml"), key + ": {a: []}\n");
      StringWriter err = new StringWriter();
      int code =
          Main.command()
              .setErr(new PrintWriter(err, true))
              .execute("serve", "--config", file.toString());
      assertThat(code).isEqualTo(2);
      boolean known = !err.toString().contains("unknown key");
      boolean elsewhere = err.toString().contains("belongs on the command line");
      assertWithMessage(key).that(elsewhere).isEqualTo(ConfigFile.NOT_IN_FILES.contains(key));
      if (!known) {
        missing.add(key);
      }
    }
    assertThat(missing).isEmpty();
  }

  @Test
  void theCommandLineGoesFirst() throws Exception {
    Path file =
        Files.writeString(
            folder.resolve("c.yaml"), "port: 70000\nworkers: 65\nlimit: {stepz: 1}\n");
    List<String> said =
        List.of(
            said("serve", "--config", file.toString()),
            said("serve", "--config", file.toString(), "--workers", "1"),
            said("serve", "--config", file.toString(), "--workers=1", "--port=0"));
    assertThat(said.get(0)).contains("--workers: expected 1 to 64, found 65");
    assertThat(said.get(1)).contains("expected 0 to 65535 as --port, found 70000");
    assertThat(said.get(2)).contains("stepz");
    assertThat(said("serve", "--config", folder.resolve("none.yaml").toString()))
        .contains("none.yaml");
    Files.writeString(file, "port: x\n");
    assertThat(said("serve", "--config", file.toString())).contains("c.yaml: ");
  }

  private static String said(String... arguments) {
    StringWriter err = new StringWriter();
    int code = Main.command(arguments).setErr(new PrintWriter(err, true)).execute(arguments);
    assertWithMessage(err.toString()).that(code).isGreaterThan(0);
    return err.toString();
  }
}
