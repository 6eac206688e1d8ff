package org.nnsight4j.cli;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The token that is asked about, and one to compare it with. */
final class AnswerChoice {
  @Option(
      names = "--answer",
      paramLabel = "TOKEN",
      description =
          "The token whose logit is measured: a text of one token, with the space before a word, or"
              + " #ID.")
  private @Nullable String answer;

  @Option(
      names = "--against",
      paramLabel = "TOKEN",
      description = "Another token, whose logit is subtracted.")
  private @Nullable String against;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  AnswerChoice() {}

  boolean isGiven() {
    return answer != null;
  }

  /** Refuses a command line without an answer. */
  void require() {
    if (answer == null) {
      throw wrong(spec, "Missing required option: '--answer=TOKEN'");
    }
    check();
  }

  /** Refuses what compares with nothing. */
  void check() {
    if (answer == null && against != null) {
      throw wrong(spec, "--against is subtracted from an answer: add --answer");
    }
  }

  long answer(LanguageModel<?> language) {
    return id(spec, language, "--answer", answer);
  }

  boolean hasAgainst() {
    return against != null;
  }

  long against(LanguageModel<?> language) {
    return id(spec, language, "--against", against);
  }

  /** The token that an option names. */
  static long id(
      CommandSpec spec, LanguageModel<?> language, String option, @Nullable String text) {
    if (text == null) {
      throw new IllegalStateException(option + " was not given");
    }
    int last = language.blueprint().vocabularySize() - 1;
    if (text.matches("#\\d{1,9}")) {
      long id = Long.parseLong(text.substring(1));
      if (id > last) {
        throw wrong(
            spec,
            "%s: expected a token of this model, which are #0 to #%s, found %s"
                .formatted(option, last, text));
      }
      return id;
    }
    long[] ids = language.tokenizer().encode(text, false);
    if (ids.length != 1) {
      throw wrong(
          spec,
          "%s: expected a text of one token, found '%s', which is %s tokens; a word inside of a sentence begins with a space, as in ' Paris'"
              .formatted(option, text, ids.length));
    }
    return ids[0];
  }

  private static ParameterException wrong(CommandSpec spec, String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
