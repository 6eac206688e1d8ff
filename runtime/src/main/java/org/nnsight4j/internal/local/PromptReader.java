package org.nnsight4j.internal.local;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.tokenizer.Tokenizer;

/** Turns the prompts of a recording into rows of token ids that the model can take. */
record PromptReader(Blueprint blueprint, Supplier<Tokenizer> tokenizer) {

  /**
   * The rows of all invokers.
   *
   * @param lines where each was given
   * @throws PlanningException if a row is empty, too long, or outside of the vocabulary
   */
  Batch batch(List<Prompt> prompts, List<SourceLine> lines, int newTokens) {
    List<List<long[]>> invokers = new ArrayList<>();
    for (int invoker = 0; invoker < prompts.size(); invoker++) {
      SourceLine line = lines.get(invoker);
      List<long[]> rows = rows(prompts.get(invoker), line);
      rows.forEach(row -> checkLength(row, newTokens, line));
      invokers.add(rows);
    }
    return Batch.of(invokers);
  }

  private List<long[]> rows(Prompt prompt, SourceLine line) {
    if (prompt instanceof Prompt.Texts texts) {
      return texts.texts().stream().map(text -> encoded(text, line)).toList();
    }
    if (prompt instanceof Prompt.Open) {
      throw new PlanningException(
          "input() stands for inputs that are given later: record it in prepare(...), and run what that gives (at %s)"
              .formatted(line));
    }
    return prompt instanceof Prompt.Ids ids ? ids.ids() : List.of();
  }

  private long[] encoded(String text, SourceLine line) {
    long[] ids = tokenizer.get().encode(text);
    if (ids.length == 0) {
      throw new PlanningException(
          "the text '%s' gives no tokens; a run needs at least one in every row (at %s)"
              .formatted(text, line));
    }
    for (long id : ids) {
      if (id >= blueprint.vocabularySize()) {
        throw new PlanningException(
            "the tokenizer gives the id %s, the model's vocabulary ends at %s; they do not belong together (at %s)"
                .formatted(id, blueprint.vocabularySize() - 1, line));
      }
    }
    return ids;
  }

  /** The last new token is never an input, so it needs no position. */
  private void checkLength(long[] row, int newTokens, SourceLine line) {
    long needed = (long) row.length + newTokens - 1;
    if (needed > blueprint.maxPositions()) {
      throw new PlanningException(
          "a prompt of %s tokens and %s new ones need %s positions, this model has %s; shorten the prompt or lower maxNewTokens (at %s)"
              .formatted(row.length, newTokens, needed, blueprint.maxPositions(), line));
    }
  }
}
