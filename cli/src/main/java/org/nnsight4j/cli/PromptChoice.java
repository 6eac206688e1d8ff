package org.nnsight4j.cli;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.spelling.Counted;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What a model reads: a text, from the command line or from standard input, or token ids. */
final class PromptChoice {
  /** As many arguments as there are, so that what is wrong with them is said here. */
  @Parameters(
      paramLabel = "PROMPT",
      arity = "0..*",
      hideParamSyntax = true,
      description =
          "The text that the model reads; - reads it from standard input, without its last line"
              + " break. Write -- before a text that looks like an option.")
  private List<String> texts = List.of();

  @Option(
      names = "--ids",
      paramLabel = "ID[,ID...]",
      split = ",",
      hideParamSyntax = true,
      description = "Token ids, in place of a text.")
  private @Nullable List<Long> ids;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills what is annotated.
  PromptChoice() {}

  /**
   * The tokens of the prompt.
   *
   * @param newTokens how many are to be added, by {@code --max-new-tokens}; 0 if the command adds
   *     none
   */
  long[] tokens(LanguageModel<?> language, int newTokens) {
    return fitting(
        language, ids == null ? encoded(language, text()) : given(language, ids), newTokens);
  }

  /** The text, as it was given. */
  String text() {
    String text = texts.get(0).equals("-") ? standardInput() : texts.get(0);
    if (text.isEmpty()) {
      throw empty();
    }
    return text;
  }

  boolean hasIds() {
    return ids != null;
  }

  /** The tokens of the text as a message. */
  long[] tokens(LanguageModel<?> language, ChatChoice chat, int newTokens, Object model) {
    return chat.wanted()
        ? fitting(language, known(language, chat.tokens(language, text(), model)), newTokens)
        : tokens(language, newTokens);
  }

  /** Tokens that leave room for new ones. */
  private long[] fitting(LanguageModel<?> language, long[] tokens, int newTokens) {
    int positions = language.blueprint().maxPositions();
    // The last new token is never an input.
    long needed = (long) tokens.length + Math.max(0, newTokens - 1);
    if (needed > positions) {
      throw wrong(
          newTokens == 0
              ? "the prompt has %s tokens, this model has %s positions; shorten the prompt"
                  .formatted(tokens.length, positions)
              : "the prompt has %s; with --max-new-tokens %s they need %s positions, this model has %s; shorten the prompt or lower --max-new-tokens"
                  .formatted(Counted.of(tokens.length, "token"), newTokens, needed, positions));
    }
    return tokens;
  }

  /** What can be said before a model is read. */
  void check() {
    List<String> options = unknownOptions();
    if (!options.isEmpty()) {
      throw CommandLineMistakes.unknownOption(spec.commandLine(), options.get(0));
    }
    if (ids != null && !texts.isEmpty()) {
      throw wrong("expected PROMPT or --ids, found both; leave one out");
    }
    if (ids == null && texts.isEmpty()) {
      throw wrong("Missing required parameter: 'PROMPT'");
    }
    if (texts.size() > 1) {
      throw wrong(
          "expected one PROMPT, found %s: '%s'; put quotes around a text with spaces"
              .formatted(texts.size(), String.join("', '", texts)));
    }
    if (ids == null && texts.get(0).isEmpty()) {
      throw empty();
    }
  }

  /** A text may begin with a dash, but a word that does is a mistyped option. */
  private List<String> unknownOptions() {
    List<String> all = spec.commandLine().getParseResult().originalArgs();
    int end = all.indexOf("--");
    int afterEnd = end < 0 ? 0 : all.size() - end - 1;
    return texts.subList(0, Math.max(0, texts.size() - afterEnd)).stream()
        .filter(text -> text.matches("--?[A-Za-z][^\\s]*"))
        .toList();
  }

  private long[] given(LanguageModel<?> language, List<Long> numbers) {
    return known(language, "--ids", numbers, spec);
  }

  /** Ids that an option gives, if the model has these tokens. */
  static long[] known(
      LanguageModel<?> language, String option, List<Long> ids, CommandSpec command) {
    int vocabulary = language.blueprint().vocabularySize();
    for (long id : ids) {
      if (id < 0 || id >= vocabulary) {
        throw new ParameterException(
            command.commandLine(),
            "%s: expected tokens of this model, which are 0 to %s, found %s"
                .formatted(option, vocabulary - 1, id));
      }
    }
    return ids.stream().mapToLong(id -> id).toArray();
  }

  private long[] encoded(LanguageModel<?> language, String text) {
    long[] tokens;
    try {
      tokens = language.tokenizer().encode(text);
    } catch (CheckpointException e) {
      throw new CheckpointException(
          String.valueOf(e.getMessage()).replace("to invoke(...)", "by --ids"), e);
    }
    if (tokens.length == 0) {
      throw wrong("the prompt gives no tokens; a run needs at least one");
    }
    return known(language, tokens);
  }

  private static long[] known(LanguageModel<?> language, long[] tokens) {
    int vocabulary = language.blueprint().vocabularySize();
    long largest = Arrays.stream(tokens).max().orElse(0);
    if (largest >= vocabulary) {
      throw new CheckpointException(
          "tokenizer.json gives the token %s, the model's vocabulary ends at %s; they do not belong together"
              .formatted(largest, vocabulary - 1));
    }
    return tokens;
  }

  private String standardInput() {
    try {
      // Not closed: it is not ours.
      @SuppressWarnings("resource")
      InputStream in = System.in;
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(in.readAllBytes()))
          .toString()
          .replaceFirst("\\r?\\n\\z", "");
    } catch (CharacterCodingException e) {
      throw new ParameterException(
          spec.commandLine(), "expected text in UTF-8 in standard input, found other bytes", e);
    } catch (IOException e) {
      throw new ParameterException(
          spec.commandLine(), "standard input cannot be read: " + e.getMessage(), e);
    }
  }

  private ParameterException empty() {
    return wrong("the prompt is empty; a run needs at least one token");
  }

  private ParameterException wrong(String message) {
    return new ParameterException(spec.commandLine(), message);
  }
}
