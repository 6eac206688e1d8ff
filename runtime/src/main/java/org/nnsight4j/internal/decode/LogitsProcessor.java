package org.nnsight4j.internal.decode;

/**
 * Changes the scores of the next token of one row in place. Processors are composed with {@link
 * #then}.
 */
@FunctionalInterface
public interface LogitsProcessor {
  /**
   * Changes the scores of one step.
   *
   * @param tokens the row's own tokens: padding is never among them
   * @param scores one for each token of the vocabulary; negative infinity makes a token impossible
   */
  void process(TokenSequence tokens, float[] scores);

  /** This processor followed by another. */
  default LogitsProcessor then(LogitsProcessor next) {
    return (tokens, scores) -> {
      process(tokens, scores);
      next.process(tokens, scores);
    };
  }
}
