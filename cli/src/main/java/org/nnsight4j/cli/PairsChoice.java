package org.nnsight4j.cli;

import java.util.List;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Two files of texts that differ in what is asked about. */
final class PairsChoice {
  @Option(
      names = "--positive",
      paramLabel = "FILE",
      required = true,
      description = "Texts of the one kind, one on each line; - is standard input.")
  private String positive;

  @Option(
      names = "--negative",
      paramLabel = "FILE",
      required = true,
      description = "Texts of the other kind, one on each line.")
  private String negative;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  PairsChoice() {}

  void check() {
    if (positive.equals("-") && negative.equals("-")) {
      throw new ParameterException(
          spec.commandLine(), "standard input is one file: give another to --negative");
    }
  }

  List<String> positive() {
    return TextsFile.read(spec, "--positive", positive);
  }

  List<String> negative() {
    return TextsFile.read(spec, "--negative", negative);
  }
}
