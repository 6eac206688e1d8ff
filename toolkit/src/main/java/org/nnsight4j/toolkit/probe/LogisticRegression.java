package org.nnsight4j.toolkit.probe;

import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Iterator;
import java.util.List;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.internal.Numbers;

/**
 * Logistic regression of two classes with an L2 penalty, as scikit-learn defines it: it minimises
 * {@code |w|^2 / 2 + C sum log(1 + exp(-y (w x + b)))}; the bias has no penalty. By L-BFGS, which
 * needs no randomness: the same rows give the same numbers.
 *
 * @param weights one for each feature
 * @param bias the intercept
 */
public record LogisticRegression(double[] weights, double bias) {
  private static final int MEMORY = 10;
  private static final int MOST_STEPS = 1_000;
  private static final double FLAT = 1e-9;

  /**
   * Fits rows.
   *
   * @param rows {@code [row][feature]}
   * @param labels true for the second class
   * @param c scikit-learn's {@code C}: the smaller, the stronger the penalty
   */
  public static LogisticRegression fit(double[][] rows, boolean[] labels, double c) {
    if (rows.length == 0 || rows.length != labels.length) {
      throw new RunException(
          "expected a label for each of one row or more, found %s labels for %s rows"
              .formatted(labels.length, rows.length));
    }
    for (int i = 0; i < rows.length; i++) {
      if (rows[i].length != rows[0].length) {
        throw new RunException(
            "expected rows of as many numbers each, found %s in row 0 and %s in row %s"
                .formatted(rows[0].length, rows[i].length, i));
      }
    }
    if (!(c > 0)) {
      throw new RunException("expected C above 0, found " + c);
    }
    double[] at = new double[rows[0].length + 1];
    double[] gradient = new double[at.length];
    double loss = loss(rows, labels, c, at, gradient);
    Deque<double[][]> history = new ArrayDeque<>();
    int still = 0;
    double flat = FLAT * Math.max(1, Numbers.norm(gradient));
    for (int step = 0; step < MOST_STEPS && still < 3 && Numbers.norm(gradient) > flat; step++) {
      double[] direction = Numbers.times(twoLoops(gradient, history), -1);
      double slope = Numbers.dot(direction, gradient);
      if (slope >= 0) {
        history.clear();
        direction = Numbers.times(gradient, -1);
        slope = -Numbers.dot(gradient, gradient);
      }
      double size = history.isEmpty() ? Math.min(1, 1 / Numbers.norm(gradient)) : 1;
      double[] next = at;
      double[] nextGradient = new double[at.length];
      double nextLoss = loss;
      boolean moved = false;
      for (int halving = 0; halving < 60 && !moved; halving++, size /= 2) {
        next = at.clone();
        Numbers.add(next, direction, size);
        nextLoss = loss(rows, labels, c, next, nextGradient);
        moved = nextLoss <= loss + 1e-4 * size * slope;
      }
      if (!moved) {
        break; // No smaller number can be represented.
      }
      double[] change = Numbers.minus(next, at);
      double[] turn = Numbers.minus(nextGradient, gradient);
      if (Numbers.dot(change, turn) > 1e-14 * Numbers.norm(change) * Numbers.norm(turn)) {
        history.addLast(new double[][] {change, turn});
        if (history.size() > MEMORY) {
          history.removeFirst();
        }
      }
      // Near the minimum the loss changes by less than a double can tell.
      still = loss - nextLoss > 1e-15 * Math.abs(loss) ? 0 : still + 1;
      at = next;
      gradient = nextGradient;
      loss = nextLoss;
    }
    return new LogisticRegression(java.util.Arrays.copyOf(at, at.length - 1), at[at.length - 1]);
  }

  private static double loss(
      double[][] rows, boolean[] labels, double c, double[] at, double[] gradient) {
    int features = at.length - 1;
    double loss = 0;
    for (int i = 0; i < features; i++) {
      loss += at[i] * at[i] / 2;
      gradient[i] = at[i];
    }
    gradient[features] = 0;
    for (int r = 0; r < rows.length; r++) {
      double score = at[features];
      for (int i = 0; i < features; i++) {
        score += at[i] * rows[r][i];
      }
      double sign = labels[r] ? 1 : -1;
      double margin = sign * score;
      loss +=
          c * (margin > 0 ? Math.log1p(Math.exp(-margin)) : Math.log1p(Math.exp(margin)) - margin);
      double pull = -c * sign / (1 + Math.exp(margin));
      for (int i = 0; i < features; i++) {
        gradient[i] += pull * rows[r][i];
      }
      gradient[features] += pull;
    }
    return loss;
  }

  /** The gradient times an estimate of the inverse of the second derivatives. */
  private static double[] twoLoops(double[] gradient, Deque<double[][]> history) {
    double[] q = gradient.clone();
    List<double[][]> pairs = List.copyOf(history);
    double[] shares = new double[pairs.size()];
    Iterator<double[][]> newestFirst = history.descendingIterator();
    for (int i = pairs.size() - 1; newestFirst.hasNext(); i--) {
      double[][] pair = newestFirst.next();
      shares[i] = Numbers.dot(pair[0], q) / Numbers.dot(pair[0], pair[1]);
      Numbers.add(q, pair[1], -shares[i]);
    }
    if (!pairs.isEmpty()) {
      double[][] newest = pairs.get(pairs.size() - 1);
      q = Numbers.times(q, Numbers.dot(newest[0], newest[1]) / Numbers.dot(newest[1], newest[1]));
    }
    for (int i = 0; i < pairs.size(); i++) {
      double[][] pair = pairs.get(i);
      double share = Numbers.dot(pair[1], q) / Numbers.dot(pair[0], pair[1]);
      Numbers.add(q, pair[0], shares[i] - share);
    }
    return q;
  }

  /** {@code w x + b}. */
  public double score(double[] row) {
    if (row.length != weights.length) {
      throw new RunException(
          "expected a row of %s numbers, found %s".formatted(weights.length, row.length));
    }
    return Numbers.dot(weights, row) + bias;
  }

  /** The probability of the second class. */
  public double probability(double[] row) {
    return 1 / (1 + Math.exp(-score(row)));
  }
}
