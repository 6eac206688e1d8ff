package org.nnsight4j.internal.graph;

import java.util.List;

/**
 * Whose tokens the positions of a value are.
 *
 * @param run the recording that the invoker is of: this one, or an earlier run of the session
 * @param invoker whose rows
 * @param step the step of generation
 */
record Rows(Recording run, int invoker, AtStep step) {
  /** Whether they are known to be of one length, so that none has padding. */
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
