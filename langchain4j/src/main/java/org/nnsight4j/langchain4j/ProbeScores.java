package org.nnsight4j.langchain4j;

import java.util.List;

/**
 * What a {@link TokenProbe} read in the passes of one answer.
 *
 * @param probe its name
 * @param place where it read, in words
 * @param scores one for each new token, from the pass that chose it; if a threshold ended the
 *     answer, the last one is of the token that was not generated
 */
public record ProbeScores(String probe, String place, List<Double> scores) {
  public ProbeScores {
    scores = List.copyOf(scores);
  }

  /** The highest score; NaN if there is none. */
  public double max() {
    return scores.stream().mapToDouble(each -> each).max().orElse(Double.NaN);
  }

  /** The lowest score; NaN if there is none. */
  public double min() {
    return scores.stream().mapToDouble(each -> each).min().orElse(Double.NaN);
  }

  /** The mean of all scores; NaN if there is none. */
  public double mean() {
    return scores.stream().mapToDouble(each -> each).average().orElse(Double.NaN);
  }

  /** The last score; NaN if there is none. */
  public double last() {
    return scores.isEmpty() ? Double.NaN : scores.get(scores.size() - 1);
  }
}
