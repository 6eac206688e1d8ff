package org.nnsight4j.internal.graph;

import java.util.List;

/**
 * The rows whose tokens are the positions of a value.
 *
 * @param run the recording of the invoker: this one, or an earlier run of the session
 * @param invoker the invoker of the rows
 * @param step the step of generation
 */
record Rows(Recording run, int invoker, AtStep step) {
  /** Whether they are known to have one length, so that none has padding. */
  boolean areEqual() {
    Prompt prompt = run.prompts().get(invoker);
    return prompt instanceof Prompt.Whole
        ? areEqual(run.prompts().stream().filter(each -> !(each instanceof Prompt.Whole)).toList())
        : areEqual(List.of(prompt));
  }

  private static boolean areEqual(List<Prompt> prompts) {
    if (prompts.size() == 1 && prompts.get(0) instanceof Prompt.Texts texts) {
      return texts.texts().size() == 1;
    }
    if (prompts.size() == 1 && prompts.get(0) instanceof Prompt.Pairs pairs) {
      return pairs.rows() == 1;
    }
    return prompts.stream().allMatch(Prompt.Ids.class::isInstance)
        && prompts.stream()
                .flatMap(prompt -> ((Prompt.Ids) prompt).ids().stream())
                .mapToInt(row -> row.length)
                .distinct()
                .count()
            == 1;
  }
}
