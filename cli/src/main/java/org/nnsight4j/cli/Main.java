package org.nnsight4j.cli;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.PrintWriter;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ScopeType;
import picocli.CommandLine.Spec;

/** The command and what its subcommands share: errors in one line, and the version. */
@Command(
    name = "nnsight4j",
    description =
        "Looks inside transformers: generates text, shows what each layer would predict and which"
            + " parts do what, writes the outputs of modules, and shows what a checkpoint contains.",
    versionProvider = Version.class,
    sortOptions = false,
    mixinStandardHelpOptions = true)
public final class Main implements Runnable {
  /** In the order of the help. */
  private static final List<Class<?>> SUBCOMMANDS =
      List.of(
          RunCommand.class,
          LensCommand.class,
          PatchCommand.class,
          AttributionPatchCommand.class,
          CircuitCommand.class,
          CausalTraceCommand.class,
          KnockoutCommand.class,
          PatchscopeCommand.class,
          AttentionCommand.class,
          HeadsCommand.class,
          DlaCommand.class,
          SteerCommand.class,
          ProbeCommand.class,
          SaeCommand.class,
          AgreementCommand.class,
          CacheCommand.class,
          DescribeCommand.class,
          ServeCommand.class,
          AdminCommand.class);

  @Option(
      names = "--stacktrace",
      scope = ScopeType.INHERIT,
      description = "After an error, print where in the program it happened.")
  private boolean stacktrace;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  Main() {}

  /** Exits with 0, with 1 after an error, with 2 after a mistake in the options. */
  public static void main(String[] args) {
    Charset charset = terminal(Charset.defaultCharset());
    CommandLine command =
        command(args)
            .setOut(new PrintWriter(new FileOutputStream(FileDescriptor.out), true, charset))
            .setErr(new PrintWriter(new FileOutputStream(FileDescriptor.err), true, charset));
    System.exit(command.execute(args));
  }

  /**
   * The command, ready to execute. picocli reads the annotations of a subcommand in about 5 ms, and
   * in half a second those of all when a JVM is young; so a line that names one has only that one.
   *
   * @param line what will be executed; without it, the command has all subcommands
   */
  public static CommandLine command(String... line) {
    Main main = new Main();
    CommandLine command = new Texts(main, named(line));
    command.getSubcommands().values().stream()
        .filter(each -> each.getCommandSpec().mixins().containsKey("prompt"))
        .forEach(each -> each.setUnmatchedOptionsArePositionalParams(true));
    return command
        .setParameterExceptionHandler(
            (mistake, args) -> {
              CommandLine where = mistake.getCommandLine();
              return fail(
                  where,
                  CommandLine.ExitCode.USAGE,
                  "%s (see %s --help)"
                      .formatted(
                          CommandLineMistakes.message(mistake),
                          where.getCommandSpec().qualifiedName()),
                  main.stacktrace ? mistake : null);
            })
        .setExecutionExceptionHandler(
            (failure, where, parsed) ->
                fail(
                    where,
                    CommandLine.ExitCode.SOFTWARE,
                    ErrorLine.of(failure),
                    main.stacktrace ? failure : null));
  }

  /** What the first word names that is no option, or all. */
  private static List<Class<?>> named(String... line) {
    String name = Stream.of(line).filter(word -> !word.startsWith("-")).findFirst().orElse("");
    List<Class<?>> found =
        SUBCOMMANDS.stream()
            .filter(each -> each.getAnnotation(Command.class).name().equals(name))
            .toList();
    return found.isEmpty() ? SUBCOMMANDS : found;
  }

  @Override
  public void run() {
    throw new ParameterException(
        spec.commandLine(),
        "a command is missing: run, lens, patch, attribution-patch, circuit, causal-trace, knockout, patchscope, attention, heads, dla, steer, probe, sae, agreement, cache, describe, serve or admin");
  }

  /**
   * If no locale is set, as in many containers, Java uses ASCII and prints question marks; the
   * terminal itself nearly always reads UTF-8.
   */
  static Charset terminal(Charset configured) {
    return configured.equals(StandardCharsets.US_ASCII) ? StandardCharsets.UTF_8 : configured;
  }

  private static int fail(
      CommandLine command, int code, String message, @Nullable Throwable trace) {
    PrintWriter err = command.getErr();
    err.println("nnsight4j: " + message);
    if (trace != null) {
      err.println(Shown.trace(trace));
    }
    err.flush();
    return code;
  }
}
