package org.nnsight4j.internal.record;

import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.tensor.Dim;

/**
 * What is known about the inputs' lengths before texts become tokens: the lengths of ids, at step
 * 0.
 */
public final class PromptLengths implements SiteShapes.Lengths {
  private final Supplier<List<Prompt>> prompts;
  private final Map<Prompt.Ids, Long> longest =
      Collections.synchronizedMap(new IdentityHashMap<>());

  public PromptLengths(Supplier<List<Prompt>> prompts) {
    this.prompts = prompts;
  }

  @Override
  public long of(String axis, int invoker, AtStep step) {
    Prompt prompt = prompts.get().get(invoker);
    if (!step.equals(AtStep.FIRST) || isUnknown(prompt)) {
      return Dim.UNKNOWN;
    }
    if (axis.equals(Dim.BATCH)) {
      return prompt.rows();
    }
    return prompt instanceof Prompt.Ids ids
        ? longest.computeIfAbsent(ids, PromptLengths::longest)
        : Dim.UNKNOWN;
  }

  private static long longest(Prompt.Ids ids) {
    return ids.ids().stream().mapToLong(row -> row.length).max().orElse(0);
  }

  private static boolean isUnknown(Prompt prompt) {
    return prompt instanceof Prompt.Whole || prompt instanceof Prompt.Open;
  }
}
