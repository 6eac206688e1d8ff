package org.nnsight4j.cli;

import java.io.PrintWriter;
import java.util.concurrent.Callable;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.arch.AnyModel;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code nnsight4j run}: continues a text. */
@Command(
    name = "run",
    description = "Continues a text.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class RunCommand implements Callable<Integer> {
  @Mixin private ModelChoice model;
  @Mixin private GenerationChoices choices;

  @Option(
      names = {"-v", "--verbose"},
      description = "Print the receipt of the run on standard error.")
  private boolean verbose;

  @Parameters(paramLabel = "PROMPT", description = "The text to continue.")
  private String prompt;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills what is annotated.
  RunCommand() {}

  @Override
  public Integer call() {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    try (LanguageModel<AnyModel> language = model.open()) {
      Generator<AnyModel> generator = language.generate(choices.options());
      generator.invoke(prompt).close();
      try (Progress progress = Progress.of(err, "running " + model)) {
        generator.run();
      }
      print(out, generator.output());
      if (verbose) {
        generator.output().seed().ifPresent(seed -> err.println("seed: " + seed));
        err.println(generator.receipt());
      }
    }
    return 0;
  }

  private static void print(PrintWriter out, Output output) {
    int count = output.sequences().size();
    for (int i = 0; i < count; i++) {
      out.println(count == 1 ? output.text(i) : "[%d] %s".formatted(i + 1, output.text(i)));
    }
  }
}
