package org.nnsight4j.graph;

import org.nnsight4j.shape.Axis;

/**
 * What every value can do as in training: normalization and losses.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Trained<A> extends Scattered<A> permits Arrangement {
  Trained() {}

  // Over the last axis.

  /** Mean 0 and deviation 1, without weights. */
  public Value<A> layerNorm(double eps) {
    return call("layer_norm", eps);
  }

  public Value<A> layerNorm(Value<?> weight, Value<?> bias, double eps) {
    return call("layer_norm_affine", weight, bias, eps);
  }

  /** Divided by the root of the mean square, without weights. */
  public Value<A> rmsNorm(double eps) {
    return call("rms_norm", eps);
  }

  public Value<A> rmsNorm(Value<?> weight, double eps) {
    return call("rms_norm_weighted", weight, eps);
  }

  // Losses; the reduction is none, mean or sum.

  /**
   * Of logits, whose last axis is the classes (PyTorch: axis 1), and class numbers; -100 is
   * ignored.
   */
  public Value<Axis> crossEntropy(Value<?> ids, String reduction) {
    given(reduction, "crossEntropy");
    return call("cross_entropy", ids, reduction, -100L);
  }

  /** As {@link #crossEntropy(Value, String)}, with another number that is ignored. */
  public Value<Axis> crossEntropy(Value<?> ids, String reduction, long ignored) {
    given(reduction, "crossEntropy");
    return call("cross_entropy", ids, reduction, ignored);
  }

  /**
   * Of log-probabilities along the last axis, and class numbers; -100 is ignored ({@code
   * F.nll_loss}).
   */
  public Value<Axis> negativeLogLikelihood(Value<?> ids, String reduction) {
    given(reduction, "negativeLogLikelihood");
    return call("nll", ids, reduction, -100L);
  }

  /** {@code F.mse_loss}. */
  public Value<Axis> squaredError(Value<?> target, String reduction) {
    given(reduction, "squaredError");
    return call("mse", target, reduction);
  }

  /** {@code F.l1_loss}. */
  public Value<Axis> absoluteError(Value<?> target, String reduction) {
    given(reduction, "absoluteError");
    return call("l1", target, reduction);
  }

  /** Squared below beta and linear above, with slope 1. */
  public Value<Axis> smoothL1(Value<?> target, double beta, String reduction) {
    given(reduction, "smoothL1");
    return call("smooth_l1", target, beta, reduction);
  }

  /** Squared below delta and linear above, with slope delta. */
  public Value<Axis> huber(Value<?> target, double delta, String reduction) {
    given(reduction, "huber");
    return call("huber", target, delta, reduction);
  }

  /** Of logits and probabilities ({@code F.binary_cross_entropy_with_logits}). */
  public Value<Axis> binaryCrossEntropy(Value<?> target, String reduction) {
    given(reduction, "binaryCrossEntropy");
    return call("bce_with_logits", target, reduction);
  }

  /**
   * KL(target || this): this holds log-probabilities, the target probabilities ({@code F.kl_div}).
   */
  public Value<Axis> klDivergence(Value<?> target, String reduction) {
    given(reduction, "klDivergence");
    return call("kl_div", target, false, reduction);
  }

  /** As {@link #klDivergence}, with log-probabilities on both sides. */
  public Value<Axis> klDivergenceLog(Value<?> target, String reduction) {
    given(reduction, "klDivergenceLog");
    return call("kl_div", target, true, reduction);
  }
}
