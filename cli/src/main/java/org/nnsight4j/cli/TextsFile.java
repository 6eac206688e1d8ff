package org.nnsight4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.ParameterException;

/** A file with one text on each line; - is standard input. */
final class TextsFile {
  private TextsFile() {}

  static List<String> read(CommandSpec spec, String option, String file) {
    try {
      List<String> lines = file.equals("-") ? standardInput() : Files.readAllLines(Path.of(file));
      List<String> texts = lines.stream().filter(line -> !line.isBlank()).toList();
      if (texts.isEmpty()) {
        throw wrong(spec, "%s: %s has no texts; expected one on each line".formatted(option, file));
      }
      return texts;
    } catch (CharacterCodingException e) {
      throw wrong(spec, "%s: %s is no text in UTF-8".formatted(option, file));
    } catch (IOException e) {
      throw wrong(spec, "%s: %s cannot be read; is it there?".formatted(option, file));
    }
  }

  private static List<String> standardInput() throws IOException {
    // Not closed: it is not ours.
    @SuppressWarnings("resource")
    InputStream in = System.in;
    return new String(in.readAllBytes(), StandardCharsets.UTF_8).lines().toList();
  }

  private static ParameterException wrong(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
