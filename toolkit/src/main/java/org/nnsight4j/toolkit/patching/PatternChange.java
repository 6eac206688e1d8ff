package org.nnsight4j.toolkit.patching;

import org.nnsight4j.family.DecoderPlaces;

/**
 * How a layer's attention pattern changes with the query of one position, or with one key. All
 * arrays are {@code [head, query, key]}.
 */
final class PatternChange {
  private final double[] scores;
  private final double[] otherScores;
  private final double[] pattern;
  private final double[] otherPattern;
  private final int length;
  private final DecoderPlaces.Attention places;

  PatternChange(
      double[] scores,
      double[] otherScores,
      double[] pattern,
      double[] otherPattern,
      int length,
      DecoderPlaces.Attention places) {
    this.scores = scores;
    this.otherScores = otherScores;
    this.pattern = pattern;
    this.otherPattern = otherPattern;
    this.length = length;
    this.places = places;
  }

  /** Another query changes its own row alone; {@code [head][position]}. */
  double[][] ofQueries(double[] gradient) {
    double[][] changes = new double[places.heads()][length];
    for (int head = 0; head < changes.length; head++) {
      for (int query = 0; query < length; query++) {
        int row = (head * length + query) * length;
        for (int key = row; key < row + length; key++) {
          changes[head][query] += (otherPattern[key] - pattern[key]) * gradient[key];
        }
      }
    }
    return changes;
  }

  /**
   * Another key changes one score of each row, and by the softmax the whole row; {@code [key-value
   * head][position]}.
   */
  double[][] ofKeys(double[] gradient) {
    double[][] changes = new double[places.kvHeads()][length];
    int group = places.heads() / places.kvHeads();
    for (int head = 0; head < places.heads(); head++) {
      double sink = sink(head);
      for (int query = 0; query < length; query++) {
        int row = (head * length + query) * length;
        for (int key = 0; key < length; key++) {
          changes[head / group][key] += ofKey(gradient, row, key, sink);
        }
      }
    }
    return changes;
  }

  /**
   * A head's learned sink, in the unit of the scores: the same for all rows, so it is read from the
   * row of which it takes the largest part.
   */
  private double sink(int head) {
    double sink = Double.NEGATIVE_INFINITY;
    double part = 0;
    for (int query = 0; places.sinks() && query < length; query++) {
      int row = (head * length + query) * length;
      int largest = row;
      double rest = 1;
      for (int i = row; i < row + length; i++) {
        largest = scores[i] > scores[largest] ? i : largest;
        rest -= pattern[i];
      }
      if (rest > part && pattern[largest] > 0) {
        part = rest;
        sink = Math.log(rest) + scores[largest] - Math.log(pattern[largest]);
      }
    }
    return sink;
  }

  private double ofKey(double[] gradient, int row, int key, double sink) {
    int at = row + key;
    // What is not seen has no score, and the same score changes nothing.
    if (otherScores[at] == scores[at]) {
      return 0;
    }
    return along(gradient, row, at, otherScores[at], sink)
        - along(gradient, row, at, scores[at], sink);
  }

  /** The sum of the gradient over a row's softmax, with one score of its own. */
  private double along(double[] gradient, int row, int at, double score, double sink) {
    double most = Math.max(sink, score);
    for (int i = row; i < row + length; i++) {
      most = i == at ? most : Math.max(most, scores[i]);
    }
    double sum = Math.exp(sink - most);
    double along = 0;
    for (int i = row; i < row + length; i++) {
      double weight = Math.exp((i == at ? score : scores[i]) - most);
      sum += weight;
      along += weight == 0 ? 0 : weight * gradient[i];
    }
    return along / sum;
  }
}
