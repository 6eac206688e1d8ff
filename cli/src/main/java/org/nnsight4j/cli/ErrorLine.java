package org.nnsight4j.cli;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.NoSuchFileException;
import java.nio.file.NotDirectoryException;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.regex.Pattern;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.internal.spelling.Shown;
import picocli.CommandLine.ParameterException;

/** An error as one line for a user who did not write the program. */
final class ErrorLine {
  /** The user of a command has no use for the line of our code that asked. */
  private static final Pattern OUR_LINE = Pattern.compile(" \\(at \\w+\\.java:\\d+\\)$");

  private static final Pattern OPTION =
      Pattern.compile(
          "\\b(maxNewTokens|minNewTokens|numBeams|numReturnSequences|doSample|temperature|topK|topP"
              + "|seed|repetitionPenalty)\\b(?:\\((\\w*)\\))?");

  /** Options with another name on the command line, or that only a file can set. */
  private static final Map<String, String> OTHER_NAMES =
      Map.of(
          "doSample(false)", "no --do-sample",
          "stopStrings", "--stop",
          "padTokenId", "pad_token_id in generation_config.json",
          "eosTokenId", "eos_token_id");

  private static final Pattern CAPITAL = Pattern.compile("[A-Z]");

  private ErrorLine() {}

  static String of(Throwable failure) {
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      return failure.getClass().getSimpleName() + "; --stacktrace shows where";
    }
    String line = OUR_LINE.matcher(Shown.line(joined(message))).replaceAll("");
    line = line.replaceFirst("^Error: ", "");
    if (failure instanceof OptionsException) {
      return withOptionsOfTheCommand(line);
    } else if (failure.getClass().getName().startsWith("org.nnsight4j.")
        || failure instanceof ParameterException
        || failure instanceof IllegalArgumentException) {
      return line;
    } else if (failure instanceof FileSystemException file) {
      return ofFile(file);
    } else if (failure instanceof UncheckedIOException io && io.getCause() != null) {
      return of(io.getCause());
    } else if (failure.getClass() == IOException.class) {
      // Messages written for users; Java's own exceptions have other classes.
      return line;
    }
    return "%s: %s; --stacktrace shows where".formatted(failure.getClass().getSimpleName(), line);
  }

  private static String joined(String message) {
    return message.strip().replaceAll(":\\s*\\R\\s*", ": ").replaceAll("\\s*\\R\\s*", "; ");
  }

  private static String ofFile(FileSystemException failure) {
    String why =
        failure instanceof NoSuchFileException
            ? "there is no such file or folder"
            : failure instanceof AccessDeniedException
                ? "access denied"
                : failure instanceof FileAlreadyExistsException
                    ? "it is there already"
                    : failure instanceof NotDirectoryException
                        ? "it is no folder"
                        : Objects.requireNonNullElse(
                            failure.getReason(), failure.getClass().getSimpleName());
    return "%s cannot be written or read: %s"
        .formatted(Shown.line(String.valueOf(failure.getFile())), why);
  }

  /** {@code numBeams} is {@code --num-beams} here. */
  private static String withOptionsOfTheCommand(String line) {
    String text = line;
    for (Map.Entry<String, String> name : OTHER_NAMES.entrySet()) {
      text = text.replace(name.getKey(), name.getValue());
    }
    return OPTION
        .matcher(text)
        .replaceAll(
            option -> {
              String value = Objects.requireNonNullElse(option.group(2), "");
              return "--" + kebabCase(option.group(1)) + (value.isEmpty() ? "" : " " + value);
            });
  }

  private static String kebabCase(String name) {
    return CAPITAL
        .matcher(name)
        .replaceAll(letter -> "-" + letter.group().toLowerCase(Locale.ROOT));
  }
}
