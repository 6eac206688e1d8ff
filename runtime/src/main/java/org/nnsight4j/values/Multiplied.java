package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;
import static org.nnsight4j.values.Operands.constantBeside;
import static org.nnsight4j.values.Operands.given;
import static org.nnsight4j.values.Operands.record;
import static org.nnsight4j.values.Operands.self;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;

/**
 * Operations on vectors and matrices: products and decompositions.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Multiplied<A> {
  /** The matrix product over the last axis of this value and the second last of {@code other}. */
  default <B> Value<B> matMul(Value<B> other) {
    return call(this, "matmul", other);
  }

  default Value<Axis> matMul(Tensor other) {
    return call(this, "matmul", constantBeside(this, other));
  }

  /**
   * An Einstein sum ({@code torch.einsum}); this value is the first operand.
   *
   * @param equation a letter for each axis, as in {@code "bqd,bkd->bqk"}; no {@code ...}
   */
  default Value<Axis> einsum(String equation, Value<?>... others) {
    given(this, equation, "einsum");
    given(this, others, "einsum");
    List<Value<?>> parts = new ArrayList<>(List.of(self(this)));
    parts.addAll(Arrays.asList(others));
    return record(this, "einsum", parts, equation);
  }

  /** The products of each element of this vector with each of the other. */
  default Value<Axis> outer(Value<?> other) {
    return call(this, "outer", other);
  }

  /** The sum of the products of two vectors. */
  default Value<Axis> dot(Value<?> other) {
    return call(this, "dot", other);
  }

  /** The cross product along an axis of length 3. */
  default Value<A> cross(Value<? extends A> other, int axis) {
    return call(this, "cross", other, (long) axis);
  }

  /** The cosine of the angle between vectors along an axis. */
  default Value<Axis> cosineSimilarity(Value<?> other, int axis) {
    return call(this, "cosine_similarity", other, (long) axis, 1e-8);
  }

  /** The p-norm of the difference between each row of this value and each row of the other. */
  default Value<Axis> cdist(Value<?> other, double p) {
    return call(this, "cdist", other, p);
  }

  /** The sum of the diagonal of the last two axes. */
  default Value<Axis> trace() {
    return call(this, "trace");
  }

  /** The diagonal of two axes, as the last axis; a positive offset is above the main diagonal. */
  default Value<Axis> diagonal(int offset, int first, int second) {
    return call(this, "diagonal", (long) offset, (long) first, (long) second);
  }

  /** Square matrices with the last axis on the diagonal. */
  default Value<Axis> diagEmbed() {
    return call(this, "diag_embed");
  }

  /** 0 above a diagonal of the last two axes. */
  default Value<A> tril(int diagonal) {
    return call(this, "tril", (long) diagonal);
  }

  /** 0 below a diagonal of the last two axes. */
  default Value<A> triu(int diagonal) {
    return call(this, "triu", (long) diagonal);
  }

  // Matrices are the last two axes.

  default Value<Axis> inverse() {
    return call(this, "inv");
  }

  default Value<Axis> pseudoInverse() {
    return call(this, "pinv");
  }

  default Value<Axis> det() {
    return call(this, "det");
  }

  /** The determinant as its sign and the logarithm of its magnitude. */
  default SignLogDet signLogDet() {
    return new SignLogDet(call(this, "slogdet_sign"), call(this, "slogdet_log"));
  }

  /** A determinant's sign and the logarithm of its magnitude. */
  record SignLogDet(Value<Axis> sign, Value<Axis> logarithm) {}

  /** The lower triangle L with L L^T = this, for positive definite matrices. */
  default Value<Axis> cholesky() {
    return call(this, "cholesky");
  }

  /** The X with (this value) X = other. */
  default Value<Axis> solve(Value<?> other) {
    return call(this, "solve", other);
  }

  /**
   * Eigenvalues, smallest first, and eigenvectors of symmetric matrices (the lower triangle is
   * read).
   */
  default Eigh eigh() {
    return new Eigh(call(this, "eigh_values"), call(this, "eigh_vectors"));
  }

  /** Eigenvalues and eigenvectors; a vector's sign is LAPACK's choice. */
  record Eigh(Value<Axis> values, Value<Axis> vectors) {}

  /** Orthonormal columns times an upper triangle, both cut to the shorter side. */
  default Qr qr() {
    return new Qr(call(this, "qr_q"), call(this, "qr_r"));
  }

  /** The factors of a QR decomposition. */
  record Qr(Value<Axis> q, Value<Axis> r) {}

  /** The singular value decomposition, cut to the shorter side: U diag(S) V^T. */
  default Svd svd() {
    return new Svd(call(this, "svd_u"), call(this, "svd_s"), call(this, "svd_vh"));
  }

  /** The factors of a singular value decomposition; signs of vectors are LAPACK's choice. */
  record Svd(Value<Axis> u, Value<Axis> s, Value<Axis> vh) {}

  /** The singular values alone, largest first. */
  default Value<Axis> singularValues() {
    return call(this, "svd_s");
  }
}
