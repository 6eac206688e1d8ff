package org.nnsight4j.models.gpt2.operations;

import static org.nnsight4j.models.gpt2.operations.EntryForms.dense;
import static org.nnsight4j.models.gpt2.operations.Samples.combinations;
import static org.nnsight4j.models.gpt2.operations.Samples.doubles;
import static org.nnsight4j.models.gpt2.operations.Samples.floats;
import static org.nnsight4j.models.gpt2.operations.Samples.halves;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nnsight4j.tensor.Tensor;

/**
 * The part of {@link OperationTable} that takes matrices apart. Signs of vectors, which are free,
 * are those of the engine: {@link OperationTest} aligns them.
 */
final class DecompositionTable {
  private static final List<Tensor> MATRICES =
      List.of(
          doubles(3, 3),
          floats(4, 4),
          doubles(2, 3, 3),
          doubles(1, 1),
          doubles(4, 3),
          doubles(2, 4),
          halves(3, 3),
          doubles(3),
          doubles(0, 0),
          doubles(0, 2, 2));

  private DecompositionTable() {}

  static void addTo(EntryForms forms) {
    matrix(forms, "inv", Matrix::inverse);
    matrix(
        forms,
        "pinv",
        m -> {
          // Of full rank, which random matrices have.
          Matrix t = m.transposed();
          return m.rows() >= m.columns()
              ? t.times(m).inverse().times(t)
              : t.times(m.times(t).inverse());
        });
    number(forms, "det", Matrix::determinant);
    number(forms, "slogdet_sign", m -> Math.signum(m.determinant()));
    number(forms, "slogdet_log", m -> Math.log(Math.abs(m.determinant())));
    forms.entry(
        "cholesky",
        MATRICES.stream()
            .filter(m -> m.rank() < 2 || m.shape(-1) == m.shape(-2))
            .map(DecompositionTable::positive)
            .<List<Object>>map(List::of)
            .toList(),
        args -> perMatrix(dense(args, 0), Matrix::cholesky));
    matrix(forms, "eigh_vectors", m -> m.lowerSymmetric().eigen().vectors());
    forms.entry(
        "eigh_values",
        combinations(MATRICES),
        args -> vectors(dense(args, 0), m -> m.lowerSymmetric().eigen().values()));
    matrix(forms, "qr_q", m -> m.gramSchmidt());
    matrix(forms, "qr_r", m -> m.gramSchmidt().transposed().times(m));
    matrix(forms, "svd_u", m -> m.leftVectors());
    matrix(forms, "svd_vh", m -> m.transposed().leftVectors().transposed());
    forms.entry("svd_s", combinations(MATRICES), args -> vectors(dense(args, 0), Matrix::singular));
    forms.entry(
        "solve",
        combinations(
            List.of(doubles(3, 3), doubles(2, 3, 3), floats(3, 3), doubles(3, 3, 3), doubles(2, 3)),
            List.of(doubles(3), doubles(3, 2), floats(3, 1), doubles(2, 3, 2), doubles(3, 3))),
        args -> ProductTable.product(perMatrix(dense(args, 0), Matrix::inverse), dense(args, 1)));
  }

  /** A positive definite matrix of the same shape and type. */
  private static Tensor positive(Tensor tensor) {
    if (tensor.rank() < 2) {
      return tensor;
    }
    Dense full =
        perMatrix(
            Dense.of(tensor),
            m -> {
              Matrix square = m.times(m.transposed());
              for (int i = 0; i < m.rows(); i++) {
                square.set(i, i, square.at(i, i) + 1);
              }
              return square;
            });
    long[] shape = Arrays.stream(full.shape()).asLongStream().toArray();
    Tensor wide = Tensor.of(full.data(), shape);
    return OperationTest.run("cast", List.of(wide, tensor.dtype().name()));
  }

  private static void matrix(EntryForms forms, String op, Function<Matrix, Matrix> function) {
    forms.entry(op, combinations(MATRICES), args -> perMatrix(dense(args, 0), function));
  }

  private static void number(EntryForms forms, String op, Function<Matrix, Double> function) {
    forms.entry(
        op,
        combinations(MATRICES),
        args -> {
          Dense x = dense(args, 0);
          int[] batch = Arrays.copyOf(x.shape(), x.rank() - 2);
          return Dense.build(batch, at -> function.apply(Matrix.of(x, at)));
        });
  }

  private static Dense vectors(Dense x, Function<Matrix, double[]> function) {
    int[] batch = Arrays.copyOf(x.shape(), x.rank() - 2);
    int size = Math.min(x.shape()[x.rank() - 1], x.shape()[x.rank() - 2]);
    return Dense.build(
        Dense.inserted(batch, batch.length, size),
        at -> function.apply(Matrix.of(x, Arrays.copyOf(at, batch.length)))[at[batch.length]]);
  }

  private static Dense perMatrix(Dense x, Function<Matrix, Matrix> function) {
    int rank = x.rank();
    int[] batch = Arrays.copyOf(x.shape(), rank - 2);
    // An empty batch has no matrix to ask for the shape of the result.
    Matrix like =
        function.apply(
            Dense.build(batch, at -> 0).data().length == 0
                ? new Matrix(identity(x.shape()[rank - 2]))
                : Matrix.of(x, new int[rank - 2]));
    int rows = like.rows();
    int columns = rows == 0 ? x.shape()[rank - 1] : like.columns();
    int[] shape = Arrays.copyOf(batch, rank);
    shape[rank - 2] = rows;
    shape[rank - 1] = columns;
    return Dense.build(
        shape,
        at ->
            function
                .apply(Matrix.of(x, Arrays.copyOf(at, rank - 2)))
                .at(at[rank - 2], at[rank - 1]));
  }

  private static double[][] identity(int size) {
    double[][] cells = new double[size][size];
    for (int i = 0; i < size; i++) {
      cells[i][i] = 1;
    }
    return cells;
  }
}
