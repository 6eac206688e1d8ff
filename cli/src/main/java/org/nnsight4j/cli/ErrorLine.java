package org.nnsight4j.cli;

import java.nio.file.FileAlreadyExistsException;
import java.nio.file.NoSuchFileException;
import java.util.regex.Pattern;
import org.nnsight4j.error.Nnsight4jException;
import picocli.CommandLine.ParameterException;

/** An error as one line for somebody who did not write the program. */
final class ErrorLine {
  /** The user of a command has no use for the line of ours that asked. */
  private static final Pattern OUR_LINE = Pattern.compile(" \\(at \\w+\\.java:\\d+\\)$");

  private ErrorLine() {}

  static String of(Throwable failure) {
    String message = failure.getMessage();
    if (message == null || message.isBlank()) {
      return failure.getClass().getSimpleName() + "; --stacktrace shows where";
    }
    String line = OUR_LINE.matcher(message.strip().replaceAll("\\s*\\R\\s*", "; ")).replaceAll("");
    line = line.replaceFirst("^Error: ", "");
    if (failure instanceof Nnsight4jException || failure instanceof ParameterException) {
      return line;
    } else if (failure instanceof NoSuchFileException) {
      return line + " does not exist";
    } else if (failure instanceof FileAlreadyExistsException) {
      return line + " exists already";
    }
    return "%s: %s; --stacktrace shows where".formatted(failure.getClass().getSimpleName(), line);
  }
}
