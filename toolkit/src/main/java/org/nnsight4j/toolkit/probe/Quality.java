package org.nnsight4j.toolkit.probe;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * How good predictions of two classes are.
 *
 * @param auroc the area under the ROC curve: the share of pairs in the right order, ties half
 * @param accuracy the share of predictions on the right side of 0.5
 * @param calibrationError the expected calibration error of ten bins of probabilities
 */
public record Quality(double auroc, double accuracy, double calibrationError) {
  private static final int BINS = 10;

  /**
   * Compares predictions with labels.
   *
   * @param probabilities of the class for which the label is true
   */
  public static Quality of(double[] probabilities, boolean[] labels) {
    return new Quality(
        auroc(probabilities, labels),
        accuracy(probabilities, labels),
        calibrationError(probabilities, labels));
  }

  /** By ranks, so that the number of pairs does not matter; not a number for one class alone. */
  public static double auroc(double[] scores, boolean[] labels) {
    Integer[] order = IntStream.range(0, scores.length).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingDouble(i -> scores[i]));
    double ranks = 0;
    long positive = 0;
    int to;
    for (int from = 0; from < order.length; from = to) {
      to = from + 1;
      while (to < order.length && scores[order[to]] == scores[order[from]]) {
        to++;
      }
      for (int i = from; i < to; i++) {
        if (labels[order[i]]) {
          ranks += (from + 1 + to) / 2.0;
          positive++;
        }
      }
    }
    long negative = scores.length - positive;
    return (ranks - positive * (positive + 1) / 2.0) / (positive * (double) negative);
  }

  private static double accuracy(double[] probabilities, boolean[] labels) {
    int right = 0;
    for (int i = 0; i < labels.length; i++) {
      right += probabilities[i] > 0.5 == labels[i] ? 1 : 0;
    }
    return right / (double) labels.length;
  }

  private static double calibrationError(double[] probabilities, boolean[] labels) {
    double[] sums = new double[BINS];
    for (int i = 0; i < labels.length; i++) {
      int bin = Math.min(BINS - 1, (int) (probabilities[i] * BINS));
      sums[bin] += probabilities[i] - (labels[i] ? 1 : 0);
    }
    return Arrays.stream(sums).map(Math::abs).sum() / labels.length;
  }
}
