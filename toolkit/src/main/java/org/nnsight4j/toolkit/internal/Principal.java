package org.nnsight4j.toolkit.internal;

import java.util.List;
import org.nnsight4j.error.RunException;

/** The first principal component of vectors, by power iteration on their products. */
public final class Principal {
  private static final int MOST = 20_000;

  private Principal() {}

  /** Of length 1; its sign is arbitrary. The vectors are centred first. */
  public static double[] first(List<double[]> vectors) {
    double[] mean = Numbers.mean(vectors);
    List<double[]> rows = vectors.stream().map(row -> Numbers.minus(row, mean)).toList();
    int count = rows.size();
    double[][] products = new double[count][count];
    double largest = 0;
    int start = 0;
    for (int i = 0; i < count; i++) {
      for (int j = 0; j < count; j++) {
        products[i][j] = Numbers.dot(rows.get(i), rows.get(j));
      }
      if (products[i][i] > largest) {
        largest = products[i][i];
        start = i;
      }
    }
    if (largest == 0) {
      throw new RunException("all vectors are the same, so there is no component");
    }
    double[] weights = products[start].clone();
    for (int step = 0; step < MOST; step++) {
      double[] next = new double[count];
      for (int i = 0; i < count; i++) {
        next[i] = Numbers.dot(products[i], weights);
      }
      next = Numbers.times(next, 1 / Numbers.norm(next));
      double change = Numbers.norm(Numbers.minus(next, weights));
      weights = next;
      if (change < 1e-13) {
        break;
      }
    }
    double[] component = new double[mean.length];
    for (int i = 0; i < count; i++) {
      Numbers.add(component, rows.get(i), weights[i]);
    }
    return Numbers.times(component, 1 / Numbers.norm(component));
  }
}
