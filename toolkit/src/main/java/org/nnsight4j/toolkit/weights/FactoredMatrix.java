package org.nnsight4j.toolkit.weights;

import java.util.Comparator;
import java.util.List;
import org.nnsight4j.Eager;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * A matrix of low rank as the product of two narrow ones, {@code [m, r] [r, n]}, like
 * TransformerLens's: norms, singular and eigenvalues come from {@code r} by {@code r} matrices, and
 * the product itself is never built. A row vector is multiplied from the left. Immutable.
 */
public final class FactoredMatrix {
  private final Value<Axis> left;
  private final Value<Axis> right;

  /** A complex number. */
  public record Eigenvalue(double real, double imaginary) {
    /** Its absolute value. */
    public double size() {
      return Math.hypot(real, imaginary);
    }
  }

  /**
   * {@code u diag(s) v^T}, the singular values falling.
   *
   * @param u {@code [m, r]}; its columns are the directions that are read
   * @param s {@code [r]}
   * @param v {@code [n, r]}; its columns are the directions that are written
   */
  public record Svd(Tensor u, double[] s, Tensor v) {}

  private FactoredMatrix(Value<Axis> left, Value<Axis> right) {
    this.left = left;
    this.right = right;
  }

  /**
   * The product of two matrices.
   *
   * @param left {@code [m, r]}
   * @param right {@code [r, n]}
   */
  public static FactoredMatrix of(Tensor left, Tensor right) {
    if (left.rank() != 2 || right.rank() != 2 || left.shape(1) != right.shape(0)) {
      throw new RunException("expected [m, r] and [r, n], found %s and %s".formatted(left, right));
    }
    return new FactoredMatrix(wide(left), wide(right));
  }

  private static Value<Axis> wide(Tensor tensor) {
    return Eager.of(Tensor.of(tensor.toDoubleArray(), tensor.shape(0), tensor.shape(1)));
  }

  /** The first factor, {@code [m, r]}. */
  public Tensor left() {
    return left.tensor();
  }

  /** The second factor, {@code [r, n]}. */
  public Tensor right() {
    return right.tensor();
  }

  /** The other way around: {@code (A B)^T = B^T A^T}. */
  public FactoredMatrix transpose() {
    return new FactoredMatrix(right.transpose(), left.transpose());
  }

  /** This matrix, then another; it keeps the smaller rank. */
  public FactoredMatrix times(FactoredMatrix next) {
    Value<Axis> middle = right.matMul(next.left);
    return left.tensor().shape(1) <= next.right.tensor().shape(0)
        ? new FactoredMatrix(left, middle.matMul(next.right))
        : new FactoredMatrix(left.matMul(middle), next.right);
  }

  /** One number of the product. */
  public double get(int row, int column) {
    return left.get(String.valueOf(row)).mul(right.get(":, " + column)).sum().tensor().item();
  }

  /** Frobenius' norm: the root of the sum of all squares. */
  public double norm() {
    Value<Axis> first = left.transpose().matMul(left);
    Value<Axis> second = right.matMul(right.transpose());
    return Math.sqrt(Math.max(0, first.mul(second).sum().tensor().item()));
  }

  /** The singular value decomposition. */
  public Svd svd() {
    var first = left.qr();
    var second = right.transpose().qr();
    var core = first.r().matMul(second.r().transpose()).svd();
    return new Svd(
        first.q().matMul(core.u()).tensor(),
        core.s().tensor().toDoubleArray(),
        second.q().matMul(core.vh().transpose()).tensor());
  }

  /** The singular values, falling. */
  public double[] singularValues() {
    return svd().s();
  }

  /**
   * The eigenvalues that may differ from 0, as many as the rank of the factors: those of {@code B
   * A}, which {@code A B} shares. The largest come first.
   *
   * @throws IllegalStateException if the product is not square
   */
  public List<Eigenvalue> eigenvalues() {
    if (left.tensor().shape(0) != right.tensor().shape(1)) {
      throw new IllegalStateException(
          "only square matrices have eigenvalues, this one is %s by %s"
              .formatted(left.tensor().shape(0), right.tensor().shape(1)));
    }
    return eigenvalues(right.matMul(left).tensor());
  }

  static List<Eigenvalue> eigenvalues(Tensor square) {
    int size = (int) square.shape(0);
    double[] numbers = square.toDoubleArray();
    double[][] rows = new double[size][];
    for (int i = 0; i < size; i++) {
      rows[i] = java.util.Arrays.copyOfRange(numbers, i * size, (i + 1) * size);
    }
    return Eigenvalues.of(rows).stream()
        .sorted(
            Comparator.comparingDouble((Eigenvalue each) -> -each.size())
                .thenComparingDouble(each -> -each.imaginary()))
        .toList();
  }

  /**
   * {@code sum Re(eigenvalue) / sum |eigenvalue|} (Elhage et al. 2021): 1 if what is read makes
   * more of itself, -1 if less, around 0 for neither. Not a number if all are 0.
   */
  public double copying() {
    return copying(eigenvalues());
  }

  static double copying(List<Eigenvalue> eigenvalues) {
    double real = 0;
    double size = 0;
    for (Eigenvalue each : eigenvalues) {
      real += each.real();
      size += each.size();
    }
    return real / size;
  }

  @Override
  public String toString() {
    return "%s by %s of rank %s at most"
        .formatted(left.tensor().shape(0), right.tensor().shape(1), left.tensor().shape(1));
  }
}
