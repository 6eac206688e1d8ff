package org.nnsight4j.toolkit.weights;

import java.util.ArrayList;
import java.util.List;

/**
 * The eigenvalues of a real matrix that need not be symmetric: it is made upper Hessenberg by
 * reflections, then Francis' steps with a complex shift split eigenvalues off its end.
 */
final class Eigenvalues {
  private static final int MOST = 100;
  private static final double PRECISION = Math.ulp(1.0);

  private final int size;
  private final double[][] re;
  private final double[][] im;

  private Eigenvalues(double[][] matrix) {
    this.size = matrix.length;
    this.re = new double[size][];
    this.im = new double[size][size];
    for (int i = 0; i < size; i++) {
      re[i] = matrix[i].clone();
    }
  }

  static List<FactoredMatrix.Eigenvalue> of(double[][] matrix) {
    Eigenvalues work = new Eigenvalues(matrix);
    work.reduce();
    return work.iterate();
  }

  /** Householder reflections from both sides; the matrix is real here. */
  private void reduce() {
    for (int k = 0; k + 2 < size; k++) {
      double norm = 0;
      for (int i = k + 1; i < size; i++) {
        norm = Math.hypot(norm, re[i][k]);
      }
      if (norm == 0) {
        continue;
      }
      double[] v = new double[size];
      for (int i = k + 1; i < size; i++) {
        v[i] = re[i][k];
      }
      v[k + 1] += v[k + 1] < 0 ? -norm : norm;
      double square = 0;
      for (double each : v) {
        square += each * each;
      }
      for (int j = 0; j < size; j++) {
        double along = 0;
        for (int i = k + 1; i < size; i++) {
          along += v[i] * re[i][j];
        }
        for (int i = k + 1; i < size; i++) {
          re[i][j] -= 2 * along / square * v[i];
        }
      }
      for (int i = 0; i < size; i++) {
        double along = 0;
        for (int j = k + 1; j < size; j++) {
          along += re[i][j] * v[j];
        }
        for (int j = k + 1; j < size; j++) {
          re[i][j] -= 2 * along / square * v[j];
        }
      }
    }
  }

  private List<FactoredMatrix.Eigenvalue> iterate() {
    List<FactoredMatrix.Eigenvalue> found = new ArrayList<>();
    int end = size - 1;
    int steps = 0;
    while (end >= 0) {
      int start = end;
      while (start > 0 && !isNothing(start)) {
        start--;
      }
      if (start == end) {
        found.add(new FactoredMatrix.Eigenvalue(re[end][end], im[end][end]));
        end--;
        steps = 0;
      } else {
        if (++steps > MOST) {
          throw new ArithmeticException("eigenvalues were not found in %s steps".formatted(MOST));
        }
        step(start, end, steps);
      }
    }
    return found;
  }

  private boolean isNothing(int row) {
    double beside =
        Math.abs(re[row][row])
            + Math.abs(im[row][row])
            + Math.abs(re[row - 1][row - 1])
            + Math.abs(im[row - 1][row - 1]);
    double below = Math.abs(re[row][row - 1]) + Math.abs(im[row][row - 1]);
    if (below <= PRECISION * beside || below < Double.MIN_NORMAL) {
      re[row][row - 1] = 0;
      im[row][row - 1] = 0;
      return true;
    }
    return false;
  }

  /** One step: {@code H - shift = QR}, then {@code RQ + shift}, by rotations of neighbours. */
  private void step(int start, int end, int count) {
    double[] shift = count % 11 == 10 ? exceptional(end) : wilkinson(end);
    for (int i = start; i <= end; i++) {
      re[i][i] -= shift[0];
      im[i][i] -= shift[1];
    }
    double[][] rotations = new double[end - start][];
    for (int k = start; k < end; k++) {
      rotations[k - start] = rotate(k, end);
    }
    for (int k = start; k < end; k++) {
      rotateBack(rotations[k - start], k, start, end);
    }
    for (int i = start; i <= end; i++) {
      re[i][i] += shift[0];
      im[i][i] += shift[1];
    }
  }

  /** Where the usual shift goes in circles, another one leaves them. */
  private double[] exceptional(int end) {
    return new double[] {
      re[end][end] + 0.75 * Math.abs(re[end][end - 1]), im[end][end] + Math.abs(im[end][end - 1])
    };
  }

  /** The eigenvalue of the last two rows that is nearer to the last number. */
  private double[] wilkinson(int end) {
    double halfRe = (re[end - 1][end - 1] - re[end][end]) / 2;
    double halfIm = (im[end - 1][end - 1] - im[end][end]) / 2;
    double productRe = re[end - 1][end] * re[end][end - 1] - im[end - 1][end] * im[end][end - 1];
    double productIm = re[end - 1][end] * im[end][end - 1] + im[end - 1][end] * re[end][end - 1];
    double[] root =
        root(halfRe * halfRe - halfIm * halfIm + productRe, 2 * halfRe * halfIm + productIm);
    double sign = halfRe * root[0] + halfIm * root[1] < 0 ? -1 : 1;
    double downRe = halfRe + sign * root[0];
    double downIm = halfIm + sign * root[1];
    double square = downRe * downRe + downIm * downIm;
    if (square == 0) {
      return new double[] {re[end][end], im[end][end]};
    }
    return new double[] {
      re[end][end] - (productRe * downRe + productIm * downIm) / square,
      im[end][end] - (productIm * downRe - productRe * downIm) / square
    };
  }

  private static double[] root(double real, double imaginary) {
    double size = Math.hypot(real, imaginary);
    double a = Math.sqrt((size + Math.abs(real)) / 2);
    if (a == 0) {
      return new double[] {0, 0};
    }
    double b = imaginary / (2 * a);
    return real >= 0 ? new double[] {a, b} : new double[] {Math.abs(b), imaginary < 0 ? -a : a};
  }

  /** Makes the number below the diagonal 0; gives the cosine and the complex sine. */
  private double[] rotate(int k, int end) {
    double ar = re[k][k];
    double ai = im[k][k];
    double br = re[k + 1][k];
    double bi = im[k + 1][k];
    double norm = Math.hypot(Math.hypot(ar, ai), Math.hypot(br, bi));
    double[] turn =
        norm == 0
            ? new double[] {1, 0, 0, 0}
            : new double[] {ar / norm, ai / norm, br / norm, bi / norm};
    for (int j = k; j <= end; j++) {
      double xr = re[k][j];
      double xi = im[k][j];
      double yr = re[k + 1][j];
      double yi = im[k + 1][j];
      re[k][j] = turn[0] * xr + turn[1] * xi + turn[2] * yr + turn[3] * yi;
      im[k][j] = turn[0] * xi - turn[1] * xr + turn[2] * yi - turn[3] * yr;
      re[k + 1][j] = -(turn[2] * xr - turn[3] * xi) + turn[0] * yr - turn[1] * yi;
      im[k + 1][j] = -(turn[2] * xi + turn[3] * xr) + turn[0] * yi + turn[1] * yr;
    }
    return turn;
  }

  /** The adjoint of {@link #rotate} from the right. */
  private void rotateBack(double[] turn, int k, int start, int end) {
    for (int i = start; i <= Math.min(k + 1, end); i++) {
      double xr = re[i][k];
      double xi = im[i][k];
      double yr = re[i][k + 1];
      double yi = im[i][k + 1];
      re[i][k] = turn[0] * xr - turn[1] * xi + turn[2] * yr - turn[3] * yi;
      im[i][k] = turn[0] * xi + turn[1] * xr + turn[2] * yi + turn[3] * yr;
      re[i][k + 1] = -(turn[2] * xr + turn[3] * xi) + turn[0] * yr + turn[1] * yi;
      im[i][k + 1] = -(turn[2] * xi - turn[3] * xr) + turn[0] * yi - turn[1] * yr;
    }
  }
}
