package org.nnsight4j.toolkit.lens;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Ordered;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * What a lens keeps of the logits that it reads off.
 *
 * @param top how many of the likeliest tokens
 * @param target whose probability and rank to keep as well
 */
record LensReading(LanguageModel<?> model, int top, @Nullable Answer target) {
  /** What is kept of one row; {@code [1, position, ...]}. */
  record Kept(
      Saved<Axis> probabilities,
      Saved<Axis> ids,
      @Nullable Saved<Axis> targetLogProbability,
      @Nullable Saved<Axis> targetRank) {}

  static LensReading of(LanguageModel<?> model) {
    return new LensReading(model, 1, null);
  }

  LensReading topK(int k) {
    int most = model.blueprint().vocabularySize();
    if (k < 1 || k > most) {
      throw new RunException("expected topK from 1 to %s, found %s".formatted(most, k));
    }
    return new LensReading(model, k, target);
  }

  LensReading target(Answer answer) {
    return new LensReading(model, top, answer);
  }

  Cost cost(PromptTokens prompt, int rows) {
    long perPlace = 12L * top + (target == null ? 0 : 16);
    return Cost.of(1, prompt.length(), perPlace * rows * prompt.length());
  }

  Kept keep(Value<Axis> logits) {
    Ordered.TopK best = logits.softmax(-1).topK(top, -1);
    return new Kept(
        best.values().save(),
        best.indices().save(),
        target == null ? null : ofTarget(logits.logSoftmax(-1), target).save(),
        target == null ? null : rank(logits, target).save());
  }

  private static Value<Axis> ofTarget(Value<Axis> values, Answer target) {
    return values.get("..., %s:%s".formatted(target.id(), target.id() + 1));
  }

  /** How many tokens are likelier. */
  private static Value<Axis> rank(Value<Axis> logits, Answer target) {
    return logits.gt(ofTarget(logits, target)).countNonzero(-1);
  }
}
