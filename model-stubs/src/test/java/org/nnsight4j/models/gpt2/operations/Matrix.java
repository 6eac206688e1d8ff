package org.nnsight4j.models.gpt2.operations;

import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/** A small matrix of doubles, with the decompositions of textbooks. */
record Matrix(double[][] cells) {
  record Eigen(double[] values, Matrix vectors) {}

  /** One matrix of a tensor's last two axes. */
  static Matrix of(Dense x, int[] batch) {
    int rank = x.rank();
    double[][] cells = new double[x.shape()[rank - 2]][x.shape()[rank - 1]];
    for (int i = 0; i < cells.length; i++) {
      for (int j = 0; j < cells[i].length; j++) {
        int[] at = Arrays.copyOf(batch, rank);
        at[rank - 2] = i;
        at[rank - 1] = j;
        cells[i][j] = x.at(at);
      }
    }
    return new Matrix(cells);
  }

  int rows() {
    return cells.length;
  }

  int columns() {
    return cells.length == 0 ? 0 : cells[0].length;
  }

  double at(int row, int column) {
    return cells[row][column];
  }

  void set(int row, int column, double value) {
    cells[row][column] = value;
  }

  Matrix transposed() {
    double[][] turned = new double[columns()][rows()];
    for (int i = 0; i < rows(); i++) {
      for (int j = 0; j < columns(); j++) {
        turned[j][i] = cells[i][j];
      }
    }
    return new Matrix(turned);
  }

  Matrix times(Matrix other) {
    double[][] product = new double[rows()][other.columns()];
    for (int i = 0; i < rows(); i++) {
      for (int j = 0; j < other.columns(); j++) {
        for (int k = 0; k < columns(); k++) {
          product[i][j] += cells[i][k] * other.cells[k][j];
        }
      }
    }
    return new Matrix(product);
  }

  /** The lower triangle, mirrored. */
  Matrix lowerSymmetric() {
    double[][] mirrored = new double[rows()][rows()];
    for (int i = 0; i < rows(); i++) {
      for (int j = 0; j < rows(); j++) {
        mirrored[i][j] = cells[Math.max(i, j)][Math.min(i, j)];
      }
    }
    return new Matrix(mirrored);
  }

  /** Along the first row. */
  double determinant() {
    if (rows() == 0) {
      return 1;
    }
    double sum = 0;
    for (int j = 0; j < rows(); j++) {
      sum += (j % 2 == 0 ? 1 : -1) * cells[0][j] * minor(0, j).determinant();
    }
    return sum;
  }

  private Matrix minor(int row, int column) {
    double[][] smaller =
        IntStream.range(0, rows())
            .filter(i -> i != row)
            .mapToObj(
                i ->
                    IntStream.range(0, columns())
                        .filter(j -> j != column)
                        .mapToDouble(j -> cells[i][j])
                        .toArray())
            .toArray(double[][]::new);
    return new Matrix(smaller);
  }

  /** Cramer's rule. */
  Matrix inverse() {
    double determinant = determinant();
    double[][] inverse = new double[rows()][rows()];
    for (int i = 0; i < rows(); i++) {
      for (int j = 0; j < rows(); j++) {
        inverse[j][i] = ((i + j) % 2 == 0 ? 1 : -1) * minor(i, j).determinant() / determinant;
      }
    }
    return new Matrix(inverse);
  }

  Matrix cholesky() {
    double[][] lower = new double[rows()][rows()];
    for (int i = 0; i < rows(); i++) {
      for (int j = 0; j <= i; j++) {
        double rest = cells[i][j];
        for (int k = 0; k < j; k++) {
          rest -= lower[i][k] * lower[j][k];
        }
        lower[i][j] = i == j ? Math.sqrt(rest) : rest / lower[j][j];
      }
    }
    return new Matrix(lower);
  }

  /** Orthonormal columns, as many as the shorter side. */
  Matrix gramSchmidt() {
    int count = Math.min(rows(), columns());
    double[][] q = new double[rows()][count];
    for (int j = 0; j < count; j++) {
      for (int i = 0; i < rows(); i++) {
        q[i][j] = cells[i][j];
      }
      for (int k = 0; k < j; k++) {
        double dot = 0;
        for (int i = 0; i < rows(); i++) {
          dot += q[i][k] * q[i][j];
        }
        for (int i = 0; i < rows(); i++) {
          q[i][j] -= dot * q[i][k];
        }
      }
      double norm = 0;
      for (int i = 0; i < rows(); i++) {
        norm += q[i][j] * q[i][j];
      }
      for (int i = 0; i < rows(); i++) {
        q[i][j] /= Math.sqrt(norm);
      }
    }
    return new Matrix(q);
  }

  /** Jacobi's rotations of a symmetric matrix; smallest eigenvalue first. */
  Eigen eigen() {
    int n = rows();
    double[][] a = Arrays.stream(cells).map(double[]::clone).toArray(double[][]::new);
    double[][] v = new double[n][n];
    for (int i = 0; i < n; i++) {
      v[i][i] = 1;
    }
    for (int sweep = 0; sweep < 60; sweep++) {
      for (int p = 0; p < n; p++) {
        for (int q = p + 1; q < n; q++) {
          rotate(a, v, p, q);
        }
      }
    }
    Integer[] order =
        IntStream.range(0, n)
            .boxed()
            .sorted(Comparator.comparingDouble(i -> a[i][i]))
            .toArray(Integer[]::new);
    double[][] vectors = new double[n][n];
    for (int j = 0; j < n; j++) {
      for (int i = 0; i < n; i++) {
        vectors[i][j] = v[i][order[j]];
      }
    }
    return new Eigen(Arrays.stream(order).mapToDouble(i -> a[i][i]).toArray(), new Matrix(vectors));
  }

  private static void rotate(double[][] a, double[][] v, int p, int q) {
    if (Math.abs(a[p][q]) < 1e-300) {
      return;
    }
    double angle = Math.atan2(2 * a[p][q], a[q][q] - a[p][p]) / 2;
    double c = Math.cos(angle);
    double s = Math.sin(angle);
    for (int k = 0; k < a.length; k++) {
      double left = a[k][p];
      double right = a[k][q];
      a[k][p] = c * left - s * right;
      a[k][q] = s * left + c * right;
      left = v[k][p];
      right = v[k][q];
      v[k][p] = c * left - s * right;
      v[k][q] = s * left + c * right;
    }
    for (int k = 0; k < a.length; k++) {
      double left = a[p][k];
      double right = a[q][k];
      a[p][k] = c * left - s * right;
      a[q][k] = s * left + c * right;
    }
  }

  /** From the eigenvalues of X X^T, largest first. */
  double[] singular() {
    double[] values = times(transposed()).eigen().values();
    return IntStream.range(0, Math.min(rows(), columns()))
        .mapToDouble(i -> Math.sqrt(Math.max(0, values[values.length - 1 - i])))
        .toArray();
  }

  /** The eigenvectors of X X^T, of the largest first, as many as the shorter side. */
  Matrix leftVectors() {
    Matrix vectors = times(transposed()).eigen().vectors();
    double[][] left = new double[rows()][Math.min(rows(), columns())];
    for (int i = 0; i < left.length; i++) {
      for (int j = 0; j < left[i].length; j++) {
        left[i][j] = vectors.cells[i][vectors.rows() - 1 - j];
      }
    }
    return new Matrix(left);
  }
}
