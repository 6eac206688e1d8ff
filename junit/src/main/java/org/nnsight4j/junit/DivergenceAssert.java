package org.nnsight4j.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.CheckReturnValue;

/** How far one distribution of the next token is from another. */
public final class DivergenceAssert {
  private final PromptAssert prompt;
  private final String from;
  private final double divergence;

  DivergenceAssert(PromptAssert prompt, String from, double divergence) {
    this.prompt = prompt;
    this.from = from;
    this.divergence = divergence;
  }

  /** Fails if the Kullback-Leibler divergence is larger, in nats. */
  @CanIgnoreReturnValue
  public DivergenceAssert byAtMostKl(double nats) {
    if (!(divergence <= nats)) {
      prompt.fail(
          "expected a divergence %s of at most %s nats, found %s"
              .formatted(from, nats, PromptAssert.shown(divergence)));
    }
    return this;
  }

  /** Fails if the Kullback-Leibler divergence is smaller, in nats. */
  @CanIgnoreReturnValue
  public DivergenceAssert byAtLeastKl(double nats) {
    if (!(divergence >= nats)) {
      prompt.fail(
          "expected a divergence %s of at least %s nats, found %s"
              .formatted(from, nats, PromptAssert.shown(divergence)));
    }
    return this;
  }

  /** More about the same prompt. */
  @CheckReturnValue
  public PromptAssert and() {
    return prompt;
  }
}
