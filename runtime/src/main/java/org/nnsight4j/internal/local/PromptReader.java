package org.nnsight4j.internal.local;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.plan.PromptRules;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.tokenizer.Tokenizer;

/** Turns the prompts of a recording into rows of token ids that the model can use. */
public record PromptReader(Blueprint blueprint, Supplier<Tokenizer> tokenizer) {

  /**
   * The rows of all invokers.
   *
   * @param lines where each was given
   * @throws PlanningException if a row is empty, too long, or outside the vocabulary
   */
  public Batch batch(List<Prompt> prompts, List<SourceLine> lines, int newTokens) {
    PromptRules rules = new PromptRules(blueprint, newTokens);
    rules.check(prompts, lines);
    List<List<long[]>> invokers = new ArrayList<>();
    for (int invoker = 0; invoker < prompts.size(); invoker++) {
      SourceLine line = lines.get(invoker);
      List<long[]> rows = rows(prompts.get(invoker), line);
      rows.forEach(row -> rules.checkLength(row.length, line));
      invokers.add(rows);
    }
    return Batch.of(invokers);
  }

  private List<long[]> rows(Prompt prompt, SourceLine line) {
    if (prompt instanceof Prompt.Texts texts) {
      return texts.texts().stream().map(text -> encoded(text, line)).toList();
    }
    return prompt instanceof Prompt.Ids ids ? ids.ids() : List.of();
  }

  private long[] encoded(String text, SourceLine line) {
    long[] ids = tokenizer.get().encode(text);
    if (ids.length == 0) {
      throw new PlanningException(
          Location.at(line),
          "the text '%s' gives no tokens; a run needs at least one in every row".formatted(text));
    }
    for (long id : ids) {
      if (id >= blueprint.vocabularySize()) {
        throw new PlanningException(
            Location.at(line),
            "the tokenizer gives the id %s, the model's vocabulary ends at %s; they do not belong together"
                .formatted(id, blueprint.vocabularySize() - 1));
      }
    }
    return ids;
  }
}
