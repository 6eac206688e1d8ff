package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * What the script for Windows would start. Nothing here runs Windows: this reads the few commands
 * that the script uses, as cmd.exe documents them, and fails at any other.
 */
final class LaunchScriptsTest {
  private static final Path FOLDER = Path.of("src/main/launch");
  private static final Pattern VARIABLE = Pattern.compile("%(~dp0|\\*|[A-Z_0-9]+%)");
  private static final Pattern SET = Pattern.compile("set (?:\"(\\w+)=([^\"]*)\"|(\\w+)=(.*))");
  private static final Pattern IF =
      Pattern.compile("if (not )?(defined|exist|errorlevel) (\"[^\"]*\"|\\S+) (.*)");

  /** The commands of a script, one after the other, in an environment. */
  private static final class Cmd {
    final Map<String, String> variables = new HashMap<>();
    final List<String> files = new ArrayList<>();
    final List<String> started = new ArrayList<>();
    int exit = -1;

    void run(String script) {
      for (String line : script.lines().toList()) {
        if (exit < 0) {
          command(expanded(line.strip()));
        }
      }
    }

    /** Variables are replaced before a line is read, those that are not set by nothing. */
    private String expanded(String line) {
      Matcher matcher = VARIABLE.matcher(line);
      StringBuilder text = new StringBuilder();
      while (matcher.find()) {
        String name = matcher.group(1);
        String value =
            name.equals("~dp0")
                ? "C:\\nn sight\\bin\\"
                : name.equals("*")
                    ? "run --model \"a b\""
                    : variables.getOrDefault(name.substring(0, name.length() - 1), "");
        matcher.appendReplacement(text, Matcher.quoteReplacement(value));
      }
      return matcher.appendTail(text).toString();
    }

    private void command(String line) {
      Matcher condition = IF.matcher(line);
      Matcher set = SET.matcher(line);
      if (line.equals("@echo off") || line.equals("setlocal") || line.startsWith("rem ")) {
        return;
      } else if (condition.matches()) {
        if (holds(condition.group(2), condition.group(3)) == (condition.group(1) == null)) {
          command(condition.group(4));
        }
      } else if (set.matches()) {
        boolean quoted = set.group(1) != null;
        variables.put(quoted ? set.group(1) : set.group(3), quoted ? set.group(2) : set.group(4));
      } else if (line.startsWith("exit /b ")) {
        exit = Integer.parseInt(line.substring(8));
      } else if (line.startsWith("\"")) {
        started.add(line);
        variables.put("ERRORLEVEL", "7");
      } else {
        throw new AssertionError("a command that this test does not know: " + line);
      }
    }

    private boolean holds(String what, String of) {
      return switch (what) {
        case "defined" -> variables.containsKey(of);
        case "exist" -> files.contains(of.replace("\"", ""));
        default -> throw new AssertionError("if " + what);
      };
    }
  }

  private static String script(String name) throws IOException {
    return Files.readString(FOLDER.resolve(name), StandardCharsets.UTF_8);
  }

  private static Cmd run(Map<String, String> variables, String... files) throws IOException {
    Cmd cmd = new Cmd();
    cmd.variables.putAll(variables);
    cmd.files.addAll(List.of(files));
    cmd.run(script("nnsight4j.bat"));
    return cmd;
  }

  @Test
  void itStartsTheCommandWithItsArguments() throws IOException {
    Cmd cmd = run(Map.of());
    assertThat(cmd.started)
        .containsExactly(
            "\"java\" --enable-native-access=ALL-UNNAMED   -cp \"C:\\nn sight\\bin\\..\\lib\\*\""
                + " org.nnsight4j.cli.Main run --model \"a b\"");
    assertThat(cmd.exit).isEqualTo(7);
  }

  @Test
  void itTakesJavaHomeOptionsAndTheArchive() throws IOException {
    Cmd cmd =
        run(
            Map.of("JAVA_HOME", "C:\\Program Files (x86)\\jdk", "NNSIGHT4J_OPTS", "-Xmx8g"),
            "C:\\nn sight\\bin\\..\\lib\\nnsight4j.jsa");
    assertThat(cmd.started).hasSize(1);
    String line = cmd.started.get(0);
    assertThat(line).startsWith("\"C:\\Program Files (x86)\\jdk\\bin\\java\" ");
    assertThat(line)
        .contains(
            " \"-XX:SharedArchiveFile=C:\\nn sight\\bin\\..\\lib\\nnsight4j.jsa\" -Xlog:disable"
                + " -Xlog:all=error:stderr -Xmx8g -cp ");
  }

  /** A variable of the user's that has the name of the script's own must not be used. */
  @Test
  void variablesOfTheUserChangeNothing() throws IOException {
    Map<String, String> given = Map.of("SHARED", "-Dx=1", "JAVA", "other", "ARCHIVE", "y");
    assertThat(run(given).started).isEqualTo(run(Map.of()).started);
  }

  /** cmd.exe reads a script in the code page of the console, and jumps by bytes. */
  @Test
  void itIsPlainAsciiWithoutJumps() throws IOException {
    String text = script("nnsight4j.bat");
    assertThat(StandardCharsets.US_ASCII.newEncoder().canEncode(text)).isTrue();
    assertThat(text.toLowerCase(Locale.ROOT)).doesNotContain("goto");
    assertThat(text).doesNotContain("!");
  }

  /** Both scripts start the same program with the same class path. */
  @Test
  void bothScriptsStartTheSame() throws IOException {
    for (String part :
        List.of(
            "--enable-native-access=ALL-UNNAMED",
            "org.nnsight4j.cli.Main",
            "-XX:SharedArchiveFile=",
            "-Xlog:disable -Xlog:all=error:stderr",
            "NNSIGHT4J_OPTS",
            "JAVA_HOME",
            "nnsight4j.jsa")) {
      assertWithMessage(part).that(script("nnsight4j")).contains(part);
      assertWithMessage(part).that(script("nnsight4j.bat")).contains(part);
    }
  }
}
