package org.nnsight4j.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.CheckReturnValue;

/** How much a model prefers one token to another. */
public final class PreferenceAssert {
  private final PromptAssert prompt;
  private final String token;
  private final String other;
  private final double difference;

  PreferenceAssert(PromptAssert prompt, String token, String other, double difference) {
    this.prompt = prompt;
    this.token = token;
    this.other = other;
    this.difference = difference;
  }

  /** Fails if the difference of the two logits is smaller. */
  @CanIgnoreReturnValue
  public PreferenceAssert byAtLeast(double least) {
    if (!(difference >= least)) {
      prompt.fail(
          "expected '%s' above '%s' by a logit difference of at least %s, found %s"
              .formatted(token, other, least, PromptAssert.shown(difference)));
    }
    return this;
  }

  /** More about the same prompt. */
  @CheckReturnValue
  public PromptAssert and() {
    return prompt;
  }
}
