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
import org.nnsight4j.tokenizer.TextPair;
import org.nnsight4j.tokenizer.Tokenizer;
import org.nnsight4j.tokenizer.TypedIds;

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
    List<List<Batch.Row>> invokers = new ArrayList<>();
    for (int invoker = 0; invoker < prompts.size(); invoker++) {
      SourceLine line = lines.get(invoker);
      List<Batch.Row> rows = rows(prompts.get(invoker), line);
      rows.forEach(row -> rules.checkLength(row.ids().length, line));
      invokers.add(rows);
    }
    return Batch.typed(invokers);
  }

  private List<Batch.Row> rows(Prompt prompt, SourceLine line) {
    if (prompt instanceof Prompt.Texts texts) {
      return texts.texts().stream()
          .map(text -> new Batch.Row(checked(tokenizer.get().encode(text), text, line)))
          .toList();
    }
    if (prompt instanceof Prompt.Pairs pairs) {
      return pairs.pairs().stream()
          .map(pair -> encoded(new TextPair(pair.first(), pair.second()), line))
          .toList();
    }
    return prompt instanceof Prompt.Ids ids
        ? ids.ids().stream().map(Batch.Row::new).toList()
        : List.of();
  }

  private Batch.Row encoded(TextPair pair, SourceLine line) {
    TypedIds typed = tokenizer.get().encode(pair);
    for (long type : typed.types()) {
      if (type >= blueprint.tokenTypes()) {
        throw new PlanningException(
            Location.at(line),
            "the tokenizer gives the token type %s, the model has %s; they do not belong together"
                .formatted(type, blueprint.tokenTypes()));
      }
    }
    return new Batch.Row(checked(typed.ids(), pair.text(), line), typed.types());
  }

  private long[] checked(long[] ids, String text, SourceLine line) {
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
