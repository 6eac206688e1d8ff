package org.nnsight4j.cli;

import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.nnsight4j.internal.spelling.EditDistance;
import picocli.CommandLine;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.UnmatchedArgumentException;

/** Says what is wrong with a command line, to a reader who knows neither Java nor picocli. */
final class CommandLineMistakes {
  private static final Pattern NO_NUMBER = Pattern.compile("is not an? (int|long|double)$");

  private CommandLineMistakes() {}

  /** The message for a mistake, with a suggestion if there is a similar name. */
  static String message(ParameterException mistake) {
    CommandLine command = mistake.getCommandLine();
    if (mistake instanceof UnmatchedArgumentException unmatched) {
      List<String> arguments = unmatched.getUnmatched().stream().map(Texts::plain).toList();
      Optional<String> option =
          arguments.stream().filter(argument -> argument.startsWith("-")).findFirst();
      if (option.isPresent()) {
        return unknown(command, option.get());
      }
      return command.getSubcommands().isEmpty()
          ? "expected nothing more, found '%s'".formatted(String.join("', '", arguments))
          : "unknown command %s%s"
              .formatted(
                  arguments.get(0),
                  suggestion(arguments.get(0), command.getSubcommands().keySet()));
    }
    return NO_NUMBER
        .matcher(Texts.plain(ErrorLine.of(mistake)))
        .replaceFirst(
            type ->
                type.group(1).equals("double")
                    ? "is not a number"
                    : "is not an integer of at most %s bits"
                        .formatted(type.group(1).equals("int") ? 32 : 64));
  }

  static ParameterException unknownOption(CommandLine command, String argument) {
    return new ParameterException(command, unknown(command, argument));
  }

  private static String unknown(CommandLine command, String argument) {
    String option = argument.replaceFirst("=.*", "");
    List<String> known =
        command.getCommandSpec().options().stream()
            .flatMap(each -> Stream.of(each.names()))
            .toList();
    return "unknown option %s%s".formatted(option, suggestion(option, known));
  }

  /** Suggests a similar name, if there is one. */
  static String suggestion(String word, Collection<String> known) {
    String bare = word.replaceFirst("^-+", "");
    int limit = Math.max(2, word.length() / 3) + 1;
    return known.stream()
        .filter(name -> bare.length() > 2 && name.contains(bare))
        .findFirst()
        .or(
            () ->
                known.stream()
                    .filter(name -> EditDistance.between(word, name, limit) < limit)
                    .min(Comparator.comparingInt(name -> EditDistance.between(word, name, limit))))
        .map(name -> "; did you mean " + name + "?")
        .orElse("");
  }
}
