package org.nnsight4j.internal.plan;

import java.nio.charset.StandardCharsets;
import java.util.List;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.spelling.Counted;

/** Checks whether a model can run prompts, as far as that is known before texts become tokens. */
public final class PromptRules {
  /** No tokenizer makes one token of more bytes; tokens for long runs of spaces have 128. */
  private static final long MOST_BYTES_OF_A_TOKEN = 256;

  private final Blueprint blueprint;
  private final int newTokens;

  /**
   * Creates the rules of a model.
   *
   * @param newTokens how many forward passes the run can make
   */
  public PromptRules(Blueprint blueprint, int newTokens) {
    this.blueprint = blueprint;
    this.newTokens = newTokens;
  }

  /**
   * Refuses prompts that cannot run.
   *
   * @param lines where each prompt was given
   * @throws PlanningException if there is no row, or a row is empty, too long, or outside the
   *     vocabulary
   */
  public void check(List<Prompt> prompts, List<SourceLine> lines) {
    long rows = 0;
    for (int i = 0; i < prompts.size(); i++) {
      check(prompts.get(i), lines.get(i));
      rows += prompts.get(i).rows();
    }
    if (rows == 0) {
      throw new PlanningException(
          "expected a prompt with a row at least, found %s prompts without any; give a text or token ids to invoke(...)"
              .formatted(prompts.size()));
    }
  }

  private void check(Prompt prompt, SourceLine line) {
    if (prompt instanceof Prompt.Open) {
      throw new PlanningException(
          Location.at(line),
          "input() stands for inputs that are given later: record it in prepare(...), and run what that gives");
    } else if (prompt instanceof Prompt.Ids ids) {
      ids.ids().forEach(row -> check(row, line));
    } else if (prompt instanceof Prompt.Texts texts) {
      texts.texts().forEach(text -> check(text, line));
    } else if (prompt instanceof Prompt.Pairs pairs) {
      checkTypes(line);
      for (Prompt.Pairs.Pair pair : pairs.pairs()) {
        check(pair.first(), line);
        check(pair.second(), line);
      }
    }
  }

  private void checkTypes(SourceLine line) {
    if (blueprint.tokenTypes() == 0) {
      throw new PlanningException(
          Location.at(line),
          "the prompt is a pair of texts, but '%s' reads one text in a row"
              .formatted(blueprint.architecture()));
    }
  }

  private void check(long[] row, SourceLine line) {
    if (row.length == 0) {
      throw new PlanningException(
          Location.at(line),
          "a row of the prompt is empty; a run needs at least one token in every row");
    }
    for (long id : row) {
      if (id < 0 || id >= blueprint.vocabularySize()) {
        throw new PlanningException(
            Location.at(line),
            "the prompt has the token %s, outside the vocabulary: 0 to %s"
                .formatted(id, blueprint.vocabularySize() - 1));
      }
    }
    checkLength(row.length, line);
  }

  /**
   * The last new token is never an input, so it needs no position.
   *
   * @throws PlanningException if a row of this many tokens is too long
   */
  public void checkLength(int tokens, SourceLine line) {
    long needed = (long) tokens + newTokens - 1;
    if (needed > blueprint.maxPositions()) {
      throw new PlanningException(
          Location.at(line),
          newTokens == 1
              ? "a prompt of %s needs %s positions, this model has %s; shorten the prompt"
                  .formatted(Counted.of(tokens, "token"), needed, blueprint.maxPositions())
              : "a prompt of %s and %s new ones need %s positions, this model has %s; shorten the prompt or lower maxNewTokens"
                  .formatted(
                      Counted.of(tokens, "token"), newTokens, needed, blueprint.maxPositions()));
    }
  }

  /** A tokenizer would need minutes for a text that is much too long. */
  private void check(String text, SourceLine line) {
    if (text.isEmpty()) {
      throw new PlanningException(
          Location.at(line),
          "a text of the prompt is empty; a run needs at least one token in every row");
    }
    long most = MOST_BYTES_OF_A_TOKEN * blueprint.maxPositions();
    if (text.length() > most / 4 && bytes(text) > most) {
      throw new PlanningException(
          Location.at(line),
          "a prompt of %s bytes is more than this model's %s positions can be, of %s bytes each; shorten it"
              .formatted(bytes(text), blueprint.maxPositions(), MOST_BYTES_OF_A_TOKEN));
    }
  }

  private static long bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8).length;
  }
}
