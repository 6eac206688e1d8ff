package org.nnsight4j.langchain4j;

import java.util.Optional;

/**
 * A limit of a probe's scores.
 *
 * @param above whether scores above the threshold break it, or those below
 */
record ScoreLimit(String probe, boolean above, double threshold, ScoreOf which) {
  ScoreLimit {
    if (!Double.isFinite(threshold)) {
      throw new IllegalArgumentException("expected a finite threshold, found " + threshold);
    }
  }

  ScoreLimit of(ScoreOf other) {
    return new ScoreLimit(probe, above, threshold, other);
  }

  /**
   * Says what breaks the limit, if anything does.
   *
   * @param tokens what kind of tokens the scores are of
   */
  Optional<String> broken(ProbeScores scores, String tokens) {
    double score = score(scores);
    if (above ? !(score > threshold) : !(score < threshold)) {
      return Optional.empty();
    }
    int all = scores.scores().size();
    String where =
        switch (which) {
          case ANY_TOKEN ->
              "of %s %s of %s".formatted(tokens, scores.scores().indexOf(score) + 1, all);
          case ALL_TOKENS -> "as the mean of %s %ss".formatted(all, tokens);
          case LAST_TOKEN -> "of the last of %s %ss".formatted(all, tokens);
        };
    return Optional.of(
        "probe '%s' at %s: the score %s %s is %s the threshold %s"
            .formatted(probe, scores.place(), score, where, above ? "above" : "below", threshold));
  }

  private double score(ProbeScores scores) {
    return switch (which) {
      case ANY_TOKEN -> above ? scores.max() : scores.min();
      case ALL_TOKENS -> scores.mean();
      case LAST_TOKEN -> scores.last();
    };
  }
}
