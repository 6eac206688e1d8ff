package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.shape.Rules;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Decompositions, inverses and solutions; each result is an operation of its own. */
final class Decompositions {
  static final List<Op> ALL = new ArrayList<>();

  private static final ShapeRule SQUARE =
      ShapeRule.of("of x, square matrices", in -> square(in.dims(0)));

  private static final ShapeRule PER_MATRIX =
      ShapeRule.of(
          "x without the last two axes, square matrices",
          in -> LinearAlgebra.head(square(in.dims(0)), 2));

  private static final ShapeRule EIGENVALUES =
      ShapeRule.of(
          "x without the last axis, square matrices", in -> square(in.dims(0)).without(-1));

  /**
   * Makes the matrix symmetric, so that the upper triangle affects neither the result nor the
   * gradient.
   */
  private static final String LOWER =
      "lower = torch.add(torch.tril(x), torch.transpose(torch.tril(x, -1), -2, -1))\n";

  static {
    matrix("inv", "inverse()", SQUARE, "torch.linalg_inv(x)");
    matrix(
        "pinv",
        "pseudoInverse()",
        ShapeRule.of(
            "x with its last two axes exchanged",
            in -> ending(in.dims(0), axis(in, -1), axis(in, -2))),
        "z = torch.linalg_pinv(x, 1e-15)" + finite("x", 2));
    matrix("det", "det()", PER_MATRIX, "torch.linalg_det(x)");
    String slogdet = "sign, logarithm = torch.linalg_slogdet(x)\nreturn ";
    matrix("slogdet_sign", "signLogDet()", PER_MATRIX, slogdet + "sign");
    matrix("slogdet_log", "signLogDet()", PER_MATRIX, slogdet + "logarithm");
    matrix("cholesky", "cholesky()", SQUARE, LOWER + "return torch.linalg_cholesky(lower)");
    String eigh = LOWER + "numbers, vectors = torch.linalg_eigh(lower)\nz = ";
    matrix("eigh_values", "eigh()", EIGENVALUES, eigh + "numbers" + finite("lower", 1));
    matrix("eigh_vectors", "eigh()", SQUARE, eigh + "vectors" + finite("lower", 2));
    String qr = "q, r = torch.linalg_qr(x)\nreturn ";
    matrix("qr_q", "qr()", narrowed(true), qr + "q");
    matrix("qr_r", "qr()", narrowed(false), qr + "r");
    String svd = "u, s, vh = torch.linalg_svd(x, False)\nz = ";
    matrix("svd_u", "svd()", narrowed(true), svd + "u" + finite("x", 2));
    matrix(
        "svd_s",
        "svd(), singularValues()",
        ShapeRule.of(
            "[..., the shorter of the last two axes]",
            in -> {
              Dims batch = LinearAlgebra.head(in.dims(0), 2);
              return batch.inserted(batch.rank(), shorter(in.dims(0)));
            }),
        "z = torch.linalg_svdvals(x)" + finite("x", 1));
    matrix("svd_vh", "svd()", narrowed(false), svd + "vh" + finite("x", 2));
    ALL.add(
        Op.of(
                "solve",
                "x: Tensor, y: Tensor",
                ShapeRule.of(
                    "of y, with broadcast matrices; y is a vector or matrices",
                    in -> solved(in.dims(0), in.dims(1))),
                TypeRule.BOTH_WIDE,
                // With fewer axes, PyTorch may mistake matrices for vectors.
                """
                b = y
                if torch.dim(y) == 1:
                  b = torch.unsqueeze(y, 1)
                for i in range(torch.dim(x)):
                  if torch.dim(b) < torch.dim(x):
                    b = torch.unsqueeze(b, 0)
                z = torch.linalg_solve(x, b)
                if torch.dim(y) == 1:
                  z = torch.squeeze(z, -1)
                return z""")
            .by("solve(value)")
            .costs(Cost.of("2 n² (n + columns) for each pair of matrices", Decompositions::solving))
            .needs(Scratch.of(Decompositions::solvingRoom)));
  }

  private Decompositions() {}

  /**
   * LAPACK returns ordinary numbers for matrices that are not finite; here the result z is then
   * NaN.
   */
  private static String finite(String of, int axes) {
    return """

        finite = torch.all(torch.isfinite(%s), [-2, -1], True)
        %s
        return torch.masked_fill(z, torch.logical_not(finite), float("nan"))"""
        .formatted(of, axes == 2 ? "" : "finite = torch.squeeze(finite, -1)");
  }

  private static double solving(CostInputs in) {
    double n = in.length(0, -1);
    double columns = in.rank(1) == 1 ? 1 : in.length(1, -1);
    double matrices = in.result() / Math.max(1, n * columns);
    return in.elements() + 2 * matrices * n * n * (n + columns);
  }

  /** Each pair of matrices, broadcast, twice. */
  private static double solvingRoom(CostInputs in) {
    double n = in.length(0, -1);
    double columns = in.rank(1) == 1 ? 1 : in.length(1, -1);
    double matrices = in.result() / Math.max(1, n * columns);
    return Scratch.numbers(2 * in.elements() + 2 * matrices * n * (n + columns));
  }

  private static void matrix(String name, String method, ShapeRule shape, String kernel) {
    ALL.add(
        Op.of(name, "x: Tensor", shape, TypeRule.WIDE, kernel)
            .by(method)
            .costs(Cost.cubic(30))
            .needs(Scratch.FACTORS));
  }

  private static Dims square(Dims dims) {
    LinearAlgebra.head(dims, 2);
    Dim rows = dims.get(-2);
    Dim columns = dims.get(-1);
    if (rows.isKnown() && columns.isKnown() && rows.size() != columns.size()) {
      throw new ShapeException(
          "a square matrix has as many rows as columns, found the shape %s".formatted(dims));
    }
    return dims;
  }

  private static Dim axis(OpInputs in, int axis) {
    LinearAlgebra.head(in.dims(0), 2);
    return in.dims(0).get(axis);
  }

  private static Dim shorter(Dims dims) {
    LinearAlgebra.head(dims, 2);
    Dim rows = dims.get(-2);
    Dim columns = dims.get(-1);
    long most = Math.min(rows.most(), columns.most());
    return rows.isKnown() && columns.isKnown() ? Dim.of(most) : Dim.upTo(most);
  }

  /** With rows or columns cut to the shorter of the two. */
  private static ShapeRule narrowed(boolean columns) {
    return columns
        ? ShapeRule.of(
            "[..., rows, the shorter of both]",
            in -> ending(in.dims(0), axis(in, -2), shorter(in.dims(0))))
        : ShapeRule.of(
            "[..., the shorter of both, columns]",
            in -> ending(in.dims(0), shorter(in.dims(0)), axis(in, -1)));
  }

  private static Dims ending(Dims dims, Dim rows, Dim columns) {
    return dims.with(-2, rows).with(-1, columns);
  }

  private static Dims solved(Dims matrices, Dims right) {
    square(matrices);
    if (right.rank() == 0) {
      throw new ShapeException("solve needs a vector or matrices, found one number");
    }
    Dim rows = right.get(right.rank() == 1 ? 0 : -2);
    Rules.same(Dims.of(matrices.get(-1)), Dims.of(rows), "the right side's rows");
    Dims batch = LinearAlgebra.head(matrices, 2);
    if (right.rank() == 1) {
      return batch.inserted(batch.rank(), rows);
    }
    Dims both = Rules.broadcast(batch, LinearAlgebra.head(right, 2));
    return both.inserted(both.rank(), rows).inserted(both.rank() + 1, right.get(-1));
  }
}
