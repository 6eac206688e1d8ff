package org.nnsight4j.toolkit.interchange;

import java.util.Arrays;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.PromptTokens;

/**
 * A pair of prompts, and what a model should say to the first one if it had the second one's value
 * of a variable.
 *
 * @param base the prompt that the model reads
 * @param source the prompt whose value is put into it; of as many tokens
 * @param answer the token that follows then
 */
public record Counterfactual(long[] base, long[] source, long answer) {
  public Counterfactual {
    base = base.clone();
    source = source.clone();
  }

  /**
   * A pair of texts.
   *
   * @param answer a text of one token
   * @throws org.nnsight4j.error.RunException if the texts do not have as many tokens, or are the
   *     same
   */
  public static Counterfactual of(
      LanguageModel<?> model, String base, String source, String answer) {
    PromptTokens first = PromptTokens.of(model, base);
    PromptTokens second = PromptTokens.of(model, source);
    first.requireAligned(second);
    return new Counterfactual(first.ids(), second.ids(), Answer.of(model, answer).id());
  }

  @Override
  public long[] base() {
    return base.clone();
  }

  @Override
  public long[] source() {
    return source.clone();
  }

  /** The same pair with another answer. */
  Counterfactual answering(long other) {
    return new Counterfactual(base, source, other);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Counterfactual pair
        && Arrays.equals(base, pair.base)
        && Arrays.equals(source, pair.source)
        && answer == pair.answer;
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(base) * 31 + Arrays.hashCode(source) + Long.hashCode(answer);
  }

  @Override
  public String toString() {
    return "%s <- %s: %s".formatted(Arrays.toString(base), Arrays.toString(source), answer);
  }
}
