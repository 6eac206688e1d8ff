package org.nnsight4j.toolkit.internal;

import java.util.Arrays;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/** Vectors of doubles. */
public final class Numbers {
  private Numbers() {}

  public static double[] of(Tensor tensor) {
    return tensor.toDoubleArray();
  }

  /** As FLOAT32, of one axis or of the shape that is given. */
  public static Tensor tensor(double[] values, long... shape) {
    float[] floats = new float[values.length];
    for (int i = 0; i < floats.length; i++) {
      floats[i] = (float) values[i];
    }
    return Tensor.of(floats, shape.length == 0 ? new long[] {values.length} : shape);
  }

  public static double dot(double[] a, double[] b) {
    if (a.length != b.length) {
      throw new RunException(
          "vectors of %s and %s numbers have no product".formatted(a.length, b.length));
    }
    double sum = 0;
    for (int i = 0; i < a.length; i++) {
      sum += a[i] * b[i];
    }
    return sum;
  }

  public static double norm(double[] a) {
    return Math.sqrt(dot(a, a));
  }

  public static double mean(double[] a) {
    return Arrays.stream(a).sum() / a.length;
  }

  public static double[] minus(double[] a, double[] b) {
    double[] c = a.clone();
    for (int i = 0; i < c.length; i++) {
      c[i] -= b[i];
    }
    return c;
  }

  public static double[] times(double[] a, double factor) {
    return Arrays.stream(a).map(value -> value * factor).toArray();
  }

  /** Adds {@code factor * b} to {@code a}. */
  public static void add(double[] a, double[] b, double factor) {
    for (int i = 0; i < a.length; i++) {
      a[i] += factor * b[i];
    }
  }

  /** The mean of vectors. */
  public static double[] mean(Iterable<double[]> vectors) {
    double[] sum = null;
    int count = 0;
    for (double[] vector : vectors) {
      sum = sum == null ? new double[vector.length] : sum;
      add(sum, vector, 1);
      count++;
    }
    if (sum == null) {
      throw new RunException("no vectors have no mean");
    }
    return times(sum, 1.0 / count);
  }
}
