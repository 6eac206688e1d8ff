package org.nnsight4j.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.CheckReturnValue;

/** One number that a test is about. */
public final class ScoreAssert {
  private final PromptAssert prompt;
  private final String what;
  private final double score;

  ScoreAssert(PromptAssert prompt, String what, double score) {
    this.prompt = prompt;
    this.what = what;
    this.score = score;
  }

  /** Fails unless the number is above the bound. */
  @CanIgnoreReturnValue
  public ScoreAssert isAbove(double bound) {
    return check(score > bound, "above " + bound);
  }

  /** Fails unless the number is below the bound. */
  @CanIgnoreReturnValue
  public ScoreAssert isBelow(double bound) {
    return check(score < bound, "below " + bound);
  }

  private ScoreAssert check(boolean holds, String bound) {
    if (!holds) {
      prompt.fail("expected %s %s, found %s".formatted(what, bound, PromptAssert.shown(score)));
    }
    return this;
  }

  /** More about the same prompt. */
  @CheckReturnValue
  public PromptAssert and() {
    return prompt;
  }
}
