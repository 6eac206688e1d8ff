package org.nnsight4j.graph;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.shape.Axis;
import org.nnsight4j.tensor.Tensor;

/**
 * What every value can do as a vector or as matrices: products and decompositions.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Multiplied<A> extends Ordered<A> permits Scattered {
  Multiplied() {}

  /** The matrix product over the last axis of this and the second last of {@code other}. */
  public <B> Value<B> matMul(Value<B> other) {
    return call("matmul", other);
  }

  public Value<Axis> matMul(Tensor other) {
    return call("matmul", self().recording().constant(other));
  }

  /**
   * An Einstein sum ({@code torch.einsum}); this value is the first operand.
   *
   * @param equation a letter for each axis, as in {@code "bqd,bkd->bqk"}; no {@code ...}
   */
  public Value<Axis> einsum(String equation, Value<?>... others) {
    given(equation, "einsum");
    given(others, "einsum");
    List<Value<?>> parts = new ArrayList<>(List.of(self()));
    parts.addAll(Arrays.asList(others));
    return self().recording().call("einsum", parts, equation);
  }

  /** All products of an element of this vector and one of the other. */
  public Value<Axis> outer(Value<?> other) {
    return call("outer", other);
  }

  /** The sum of the products of two vectors. */
  public Value<Axis> dot(Value<?> other) {
    return call("dot", other);
  }

  /** The cross product along an axis of length 3. */
  public Value<A> cross(Value<? extends A> other, int axis) {
    return call("cross", other, (long) axis);
  }

  /** The cosine of the angle between vectors along an axis. */
  public Value<Axis> cosineSimilarity(Value<?> other, int axis) {
    return call("cosine_similarity", other, (long) axis, 1e-8);
  }

  /** The p-norm of the difference of each row of this and each row of the other. */
  public Value<Axis> cdist(Value<?> other, double p) {
    return call("cdist", other, p);
  }

  /** The sum of the diagonal of the last two axes. */
  public Value<Axis> trace() {
    return call("trace");
  }

  /** The diagonal of two axes, as last axis; above the main one with a positive offset. */
  public Value<Axis> diagonal(int offset, int first, int second) {
    return call("diagonal", (long) offset, (long) first, (long) second);
  }

  /** Square matrices with the last axis on the diagonal. */
  public Value<Axis> diagEmbed() {
    return call("diag_embed");
  }

  /** 0 above a diagonal of the last two axes. */
  public Value<A> tril(int diagonal) {
    return call("tril", (long) diagonal);
  }

  /** 0 below a diagonal of the last two axes. */
  public Value<A> triu(int diagonal) {
    return call("triu", (long) diagonal);
  }

  // Of matrices, the last two axes.

  public Value<Axis> inverse() {
    return call("inv");
  }

  public Value<Axis> pseudoInverse() {
    return call("pinv");
  }

  public Value<Axis> det() {
    return call("det");
  }

  /** The determinant as its sign and the logarithm of its magnitude. */
  public SignLogDet signLogDet() {
    return new SignLogDet(call("slogdet_sign"), call("slogdet_log"));
  }

  /** A determinant's sign and the logarithm of its magnitude. */
  public record SignLogDet(Value<Axis> sign, Value<Axis> logarithm) {}

  /** The lower triangle L with L L^T = this; of positive definite matrices. */
  public Value<Axis> cholesky() {
    return call("cholesky");
  }

  /** The X with this X = other. */
  public Value<Axis> solve(Value<?> other) {
    return call("solve", other);
  }

  /** Eigenvalues, smallest first, and eigenvectors, of symmetric matrices (the lower triangle). */
  public Eigh eigh() {
    return new Eigh(call("eigh_values"), call("eigh_vectors"));
  }

  /** Eigenvalues and eigenvectors; a vector's sign is LAPACK's choice. */
  public record Eigh(Value<Axis> values, Value<Axis> vectors) {}

  /** Orthonormal columns times an upper triangle, both cut to the shorter side. */
  public Qr qr() {
    return new Qr(call("qr_q"), call("qr_r"));
  }

  /** The factors of a QR decomposition. */
  public record Qr(Value<Axis> q, Value<Axis> r) {}

  /** The singular value decomposition, cut to the shorter side: U diag(S) V^T. */
  public Svd svd() {
    return new Svd(call("svd_u"), call("svd_s"), call("svd_vh"));
  }

  /** The factors of a singular value decomposition; signs of vectors are LAPACK's choice. */
  public record Svd(Value<Axis> u, Value<Axis> s, Value<Axis> vh) {}

  /** The singular values alone, largest first. */
  public Value<Axis> singularValues() {
    return call("svd_s");
  }
}
