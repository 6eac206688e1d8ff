package org.nnsight4j.cli;

import java.nio.file.Path;
import java.util.List;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;

/**
 * A command line on which a text may begin like an option: {@code "-v is a letter"} is not {@code
 * -v}. picocli would read it as one, so such texts are marked until they are values.
 */
final class Texts extends CommandLine {
  /** No operating system can pass this in an argument. */
  private static final String MARK = "\0";

  /** In {@code --stop=a b} the option ends before the space. */
  private static final Pattern TEXT = Pattern.compile("(?s)-[^\\s=]*\\s.*");

  Texts(Object command, List<Class<?>> subcommands) {
    super(command);
    subcommands.forEach(this::addSubcommand);
    // A prompt is neither the name of a file with arguments nor a bundle of short options.
    setExpandAtFiles(false);
    setPosixClusteredShortOptionsAllowed(false);
    registerConverter(String.class, Texts::plain);
    registerConverter(Path.class, text -> Path.of(plain(text)));
  }

  @Override
  public int execute(String... arguments) {
    return super.execute(
        Stream.of(arguments)
            .map(argument -> TEXT.matcher(argument).matches() ? MARK + argument : argument)
            .toArray(String[]::new));
  }

  static String plain(String text) {
    return text.replace(MARK, "");
  }
}
