package org.nnsight4j.server.graph;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.plan.PromptRules;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.tokenizer.TextPair;
import org.nnsight4j.tokenizer.Tokenizer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Counts the tokens of texts before a request is accepted, with the model's tokenizer. It is read
 * when the first text comes that may be too long: a text has at most as many tokens as bytes, and a
 * few special ones.
 */
final class TextLengths {
  /** Nothing is counted: the tokenizer is on another machine. */
  static final TextLengths UNKNOWN = new TextLengths(null);

  private static final Logger LOG = LoggerFactory.getLogger(TextLengths.class);

  /** Longer ones would keep others waiting; the worker counts them. */
  private static final int MOST_BYTES = 64 << 10;

  private static final int SPECIAL = 8;

  private final @Nullable Path file;
  private @Nullable Tokenizer tokenizer;
  private boolean tried;

  private TextLengths(@Nullable Path file) {
    this.file = file;
  }

  /** Counts with the tokenizer of a model directory, if it has one. */
  static TextLengths of(Path directory) {
    return new TextLengths(directory.resolve("tokenizer.json"));
  }

  /**
   * Refuses texts that are too long.
   *
   * @param positions how many tokens of a text have a place
   * @throws PlanningException if a text has more tokens
   */
  void check(RequestedRun run, PromptRules rules, long positions) {
    int left = MOST_BYTES;
    List<Prompt> prompts = run.graph().prompts();
    for (int i = 0; i < prompts.size(); i++) {
      for (TextPair text : texts(prompts.get(i))) {
        int bytes = bytes(text.text()) + bytes(text.pair());
        left -= bytes;
        if (left >= 0 && bytes + SPECIAL > positions) {
          int tokens = tokens(text);
          if (tokens > positions) {
            rules.checkLength(tokens, run.lines().get(i));
          }
        }
      }
    }
  }

  private static int bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }

  /** Single texts have an empty second one. */
  private static List<TextPair> texts(Prompt prompt) {
    if (prompt instanceof Prompt.Texts texts) {
      return texts.texts().stream().map(text -> new TextPair(text, "")).toList();
    }
    return prompt instanceof Prompt.Pairs pairs
        ? pairs.pairs().stream().map(pair -> new TextPair(pair.first(), pair.second())).toList()
        : List.of();
  }

  /** 0 if they cannot be counted; the worker then says why. */
  private int tokens(TextPair text) {
    Tokenizer known = tokenizer();
    if (known == null) {
      return 0;
    }
    try {
      return text.pair().isEmpty()
          ? known.encode(text.text()).length
          : known.encode(text).ids().length;
    } catch (Nnsight4jException e) {
      LOG.debug("the tokens of a text cannot be counted: {}", Shown.line(e.toString()));
      return 0;
    }
  }

  private synchronized @Nullable Tokenizer tokenizer() {
    if (!tried && file != null && Files.exists(file)) {
      try {
        tokenizer = Tokenizer.open(file);
      } catch (CheckpointException e) {
        LOG.warn("texts are not counted before they are accepted: {}", Shown.line(e.toString()));
      }
    }
    tried = true;
    return tokenizer;
  }
}
