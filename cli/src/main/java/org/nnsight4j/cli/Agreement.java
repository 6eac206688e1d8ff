package org.nnsight4j.cli;

import org.nnsight4j.tensor.Tensor;

/**
 * How far the predictions of two models agree.
 *
 * @param positions how many predictions were compared
 * @param same for how many of them the most likely token is the same
 * @param mean the mean of the total variation distances, half the sum of the differences between
 *     the probabilities of each token
 * @param largest the largest of them
 */
record Agreement(int positions, int same, double mean, double largest) {
  /**
   * Compares logits.
   *
   * @param found {@code [batch, position, vocab]}
   * @param expected of the same shape
   */
  static Agreement of(Tensor found, Tensor expected) {
    int width = (int) expected.shape(-1);
    float[] left = found.toFloatArray();
    float[] right = expected.toFloatArray();
    int positions = right.length / width;
    int same = 0;
    double sum = 0;
    double largest = 0;
    for (int position = 0; position < positions; position++) {
      int begin = position * width;
      same += best(left, begin, width) == best(right, begin, width) ? 1 : 0;
      double[] p = probabilities(left, begin, width);
      double[] q = probabilities(right, begin, width);
      double apart = 0;
      for (int i = 0; i < width; i++) {
        apart += Math.abs(p[i] - q[i]) / 2;
      }
      sum += apart;
      largest = Math.max(largest, apart);
    }
    return new Agreement(positions, same, sum / positions, largest);
  }

  private static int best(float[] logits, int begin, int width) {
    int best = 0;
    for (int i = 1; i < width; i++) {
      best = logits[begin + i] > logits[begin + best] ? i : best;
    }
    return best;
  }

  private static double[] probabilities(float[] logits, int begin, int width) {
    double most = logits[begin + best(logits, begin, width)];
    double[] weights = new double[width];
    double sum = 0;
    for (int i = 0; i < width; i++) {
      weights[i] = Math.exp(logits[begin + i] - most);
      sum += weights[i];
    }
    for (int i = 0; i < width; i++) {
      weights[i] /= sum;
    }
    return weights;
  }
}
