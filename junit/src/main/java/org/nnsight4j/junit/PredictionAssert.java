package org.nnsight4j.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.CheckReturnValue;
import java.util.List;
import org.nnsight4j.error.RunException;

/** How sure a model is of a continuation. */
public final class PredictionAssert {
  private final PromptAssert prompt;
  private final String continuation;
  private final double probability;
  private final double margin;

  PredictionAssert(
      PromptAssert prompt, String continuation, long[] expected, List<Distribution> rows) {
    this.prompt = prompt;
    this.continuation = continuation;
    double product = 1;
    double least = Double.POSITIVE_INFINITY;
    for (int at = 0; at < expected.length; at++) {
      Distribution row = rows.get(at);
      product *= row.probability(expected[at]);
      int id = Math.toIntExact(expected[at]);
      int rival = row.likeliest(2).stream().filter(other -> other != id).findFirst().orElse(id);
      least = Math.min(least, row.logit(id) - row.logit(rival));
    }
    this.probability = product;
    this.margin = least;
  }

  /**
   * Fails if the continuation is less likely than this; the probabilities of several tokens are
   * multiplied.
   *
   * @param least between 0 and 1
   */
  @CanIgnoreReturnValue
  public PredictionAssert withProbabilityAtLeast(double least) {
    if (!(least >= 0 && least <= 1)) {
      throw new RunException("expected a probability, found " + least);
    }
    if (!(probability >= least)) {
      prompt.fail(
          "expected '%s' with a probability of at least %s, found %s"
              .formatted(continuation, least, PromptAssert.shown(probability)));
    }
    return this;
  }

  /** Fails if the logit of a token is not this much above the logit of the next likeliest. */
  @CanIgnoreReturnValue
  public PredictionAssert withMarginAtLeast(double least) {
    if (!(margin >= least)) {
      prompt.fail(
          "expected '%s' with a margin of at least %s, found %s"
              .formatted(continuation, least, PromptAssert.shown(margin)));
    }
    return this;
  }

  /** More about the same prompt. */
  @CheckReturnValue
  public PromptAssert and() {
    return prompt;
  }
}
