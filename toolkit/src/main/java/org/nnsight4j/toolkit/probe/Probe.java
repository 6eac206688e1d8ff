package org.nnsight4j.toolkit.probe;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.probe.LinearProbes.Fitting;

/** A linear function of activations as they are, without standardising. */
record Probe(double[] weights, double bias) {
  static Probe fit(double[][] rows, boolean[] labels, Fitting fitting) {
    int width = rows[0].length;
    double[] mean = Numbers.mean(List.of(rows));
    double[] deviation = new double[width];
    for (double[] row : rows) {
      for (int i = 0; i < width; i++) {
        deviation[i] += (row[i] - mean[i]) * (row[i] - mean[i]) / rows.length;
      }
    }
    for (int i = 0; i < width; i++) {
      deviation[i] = deviation[i] > 0 ? Math.sqrt(deviation[i]) : 1;
    }
    double[][] scaled = new double[rows.length][width];
    for (int r = 0; r < rows.length; r++) {
      for (int i = 0; i < width; i++) {
        scaled[r][i] = (rows[r][i] - mean[i]) / deviation[i];
      }
    }
    LogisticRegression fitted =
        fitting.method() == LinearProbes.Method.LOGISTIC
            ? LogisticRegression.fit(scaled, labels, fitting.c())
            : meanDifference(scaled, labels);
    double[] weights = new double[width];
    double bias = fitted.bias();
    for (int i = 0; i < width; i++) {
      weights[i] = fitted.weights()[i] / deviation[i];
      bias -= weights[i] * mean[i];
    }
    return new Probe(weights, bias);
  }

  private static LogisticRegression meanDifference(double[][] rows, boolean[] labels) {
    List<double[]> plus = new ArrayList<>();
    List<double[]> minus = new ArrayList<>();
    for (int i = 0; i < rows.length; i++) {
      (labels[i] ? plus : minus).add(rows[i]);
    }
    double[] one = Numbers.mean(plus);
    double[] other = Numbers.mean(minus);
    double[] weights = Numbers.minus(one, other);
    double middle = (Numbers.dot(weights, one) + Numbers.dot(weights, other)) / 2;
    return new LogisticRegression(weights, -middle);
  }

  double score(double[] row) {
    return Numbers.dot(weights, row) + bias;
  }

  double probability(double[] row) {
    return 1 / (1 + Math.exp(-score(row)));
  }
}
