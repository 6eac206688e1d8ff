package org.nnsight4j.cli;

import org.nnsight4j.LanguageModel;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The token whose probability is measured. */
final class ProbabilityChoice {
  @Option(
      names = "--answer",
      paramLabel = "TOKEN",
      required = true,
      description =
          "The token whose probability is measured: a text of one token, with the space before a"
              + " word, or #ID.")
  private String answer;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  ProbabilityChoice() {}

  long of(LanguageModel<?> language) {
    return AnswerChoice.id(spec, language, "--answer", answer);
  }
}
