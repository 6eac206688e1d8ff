package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;
import static org.nnsight4j.values.Operands.given;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;

/**
 * Normalisation and losses, as in training.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface NormsAndLosses<A> {
  // Over the last axis.

  /** Mean 0 and deviation 1, without weights. */
  default Value<A> layerNorm(double eps) {
    return call(this, "layer_norm", eps);
  }

  default Value<A> layerNorm(Value<?> weight, Value<?> bias, double eps) {
    return call(this, "layer_norm_affine", weight, bias, eps);
  }

  /** Divided by the root of the mean square, without weights. */
  default Value<A> rmsNorm(double eps) {
    return call(this, "rms_norm", eps);
  }

  default Value<A> rmsNorm(Value<?> weight, double eps) {
    return call(this, "rms_norm_weighted", weight, eps);
  }

  // Losses; the reduction is none, mean or sum.

  /**
   * Cross entropy of logits, whose last axis is the classes (PyTorch: axis 1), and class numbers;
   * -100 is ignored.
   */
  default Value<Axis> crossEntropy(Value<?> ids, String reduction) {
    given(this, reduction, "crossEntropy");
    return call(this, "cross_entropy", ids, reduction, -100L);
  }

  /** Like {@link #crossEntropy(Value, String)}, with another number to ignore. */
  default Value<Axis> crossEntropy(Value<?> ids, String reduction, long ignored) {
    given(this, reduction, "crossEntropy");
    return call(this, "cross_entropy", ids, reduction, ignored);
  }

  /**
   * The loss of log-probabilities along the last axis and class numbers; -100 is ignored ({@code
   * F.nll_loss}).
   */
  default Value<Axis> negativeLogLikelihood(Value<?> ids, String reduction) {
    given(this, reduction, "negativeLogLikelihood");
    return call(this, "nll", ids, reduction, -100L);
  }

  /** {@code F.mse_loss}. */
  default Value<Axis> squaredError(Value<?> target, String reduction) {
    given(this, reduction, "squaredError");
    return call(this, "mse", target, reduction);
  }

  /** {@code F.l1_loss}. */
  default Value<Axis> absoluteError(Value<?> target, String reduction) {
    given(this, reduction, "absoluteError");
    return call(this, "l1", target, reduction);
  }

  /** Squared below beta, linear with slope 1 above. */
  default Value<Axis> smoothL1(Value<?> target, double beta, String reduction) {
    given(this, reduction, "smoothL1");
    return call(this, "smooth_l1", target, beta, reduction);
  }

  /** Squared below delta, linear with slope delta above. */
  default Value<Axis> huber(Value<?> target, double delta, String reduction) {
    given(this, reduction, "huber");
    return call(this, "huber", target, delta, reduction);
  }

  /** The loss of logits and probabilities ({@code F.binary_cross_entropy_with_logits}). */
  default Value<Axis> binaryCrossEntropy(Value<?> target, String reduction) {
    given(this, reduction, "binaryCrossEntropy");
    return call(this, "bce_with_logits", target, reduction);
  }

  /**
   * KL(target || this): this value has log-probabilities, the target probabilities ({@code
   * F.kl_div}).
   */
  default Value<Axis> klDivergence(Value<?> target, String reduction) {
    given(this, reduction, "klDivergence");
    return call(this, "kl_div", target, false, reduction);
  }

  /** Like {@link #klDivergence}, with log-probabilities on both sides. */
  default Value<Axis> klDivergenceLog(Value<?> target, String reduction) {
    given(this, reduction, "klDivergenceLog");
    return call(this, "kl_div", target, true, reduction);
  }
}
