package org.nnsight4j.cli;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The other prompt of a pair, of as many tokens. */
final class CorruptedChoice {
  @Option(
      names = "--corrupted",
      paramLabel = "TEXT",
      description = "The other prompt, which calls for another answer.")
  private @Nullable String text;

  @Option(
      names = "--corrupted-ids",
      paramLabel = "ID[,ID...]",
      split = ",",
      hideParamSyntax = true,
      description = "The other prompt as token ids.")
  private @Nullable List<Long> ids;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  CorruptedChoice() {}

  /** What can be said before a model is read. */
  void check(String needsTwo) {
    if ((text == null) == (ids == null)) {
      throw wrong(
          "expected --corrupted or --corrupted-ids, found "
              + (text == null ? "none; " + needsTwo : "both; leave one out"));
    }
  }

  /** Its tokens, as many as the prompt has. */
  long[] tokens(LanguageModel<?> language, long[] clean) {
    long[] other =
        text != null
            ? language.tokenizer().encode(text)
            : PromptChoice.known(language, "--corrupted-ids", ids == null ? List.of() : ids, spec);
    if (other.length != clean.length) {
      throw wrong(
          "expected two prompts of as many tokens, so that positions are the same, found %s and %s"
              .formatted(clean.length, other.length));
    }
    return other;
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
