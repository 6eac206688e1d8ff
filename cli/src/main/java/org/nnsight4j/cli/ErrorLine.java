package org.nnsight4j.cli;

import java.nio.file.AccessDeniedException;
import java.util.Locale;
import java.util.Objects;
import java.util.regex.Pattern;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.error.Shown;
import picocli.CommandLine.ParameterException;

/** An error as one line for somebody who did not write the program. */
final class ErrorLine {
  /** The user of a command has no use for the line of ours that asked. */
  private static final Pattern OUR_LINE = Pattern.compile(" \\(at \\w+\\.java:\\d+\\)$");

  private static final Pattern OPTION =
      Pattern.compile(
          "\\b(maxNewTokens|minNewTokens|numBeams|numReturnSequences|doSample|temperature|topK|topP"
              + "|seed|repetitionPenalty)\\b(?:\\((\\w*)\\))?");

  private static final Pattern CAPITAL = Pattern.compile("[A-Z]");

  private ErrorLine() {}

  static String of(Throwable failure) {
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      return failure.getClass().getSimpleName() + "; --stacktrace shows where";
    }
    String flat = Shown.line(message.strip().replaceAll("\\s*\\R\\s*", "; "));
    String line = OUR_LINE.matcher(flat).replaceAll("").replaceFirst("^Error: ", "");
    if (failure instanceof OptionsException) {
      return withOptionsOfTheCommand(line);
    } else if (failure instanceof Nnsight4jException || failure instanceof ParameterException) {
      return line;
    } else if (failure instanceof AccessDeniedException) {
      return line + " cannot be written or read: access denied";
    }
    return "%s: %s; --stacktrace shows where".formatted(failure.getClass().getSimpleName(), line);
  }

  /** {@code numBeams} is {@code --num-beams} here. */
  private static String withOptionsOfTheCommand(String line) {
    String text = line.replace("doSample(false)", "no --do-sample");
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
