package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;

/**
 * Operations that networks apply between layers: activation functions and the softmax family.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Activated<A> {
  default Value<A> relu() {
    return call(this, "relu");
  }

  /** {@link #relu}, at most 6. */
  default Value<A> relu6() {
    return call(this, "relu6");
  }

  default Value<A> silu() {
    return call(this, "silu");
  }

  /** The exact form, with erf. */
  default Value<A> gelu() {
    return call(this, "gelu");
  }

  /** The form with tanh, GPT-2's {@code gelu_new}. */
  default Value<A> geluTanh() {
    return call(this, "gelu_tanh");
  }

  /** {@code x sigmoid(1.702 x)}, as in CLIP. */
  default Value<A> quickGelu() {
    return call(this, "quick_gelu");
  }

  default Value<A> mish() {
    return call(this, "mish");
  }

  default Value<A> selu() {
    return call(this, "selu");
  }

  default Value<A> hardSwish() {
    return call(this, "hardswish");
  }

  default Value<A> hardSigmoid() {
    return call(this, "hardsigmoid");
  }

  /** {@code x - tanh(x)}. */
  default Value<A> tanhShrink() {
    return call(this, "tanhshrink");
  }

  /** {@code x / (1 + |x|)}. */
  default Value<A> softSign() {
    return call(this, "softsign");
  }

  default Value<A> logSigmoid() {
    return call(this, "log_sigmoid");
  }

  /** Multiplies negative numbers by the slope; PyTorch's default is 0.01. */
  default Value<A> leakyRelu(double slope) {
    return call(this, "leaky_relu", slope);
  }

  default Value<A> elu(double alpha) {
    return call(this, "elu", alpha);
  }

  default Value<A> celu(double alpha) {
    return call(this, "celu", alpha);
  }

  /** {@code log(1 + exp(x))}. */
  default Value<A> softPlus() {
    return call(this, "softplus", 1.0, 20.0);
  }

  /**
   * {@code log(1 + exp(beta x)) / beta}; {@code x} itself where {@code beta x} is above the
   * threshold.
   */
  default Value<A> softPlus(double beta, double threshold) {
    return call(this, "softplus", beta, threshold);
  }

  default Value<A> hardTanh(double low, double high) {
    return call(this, "hardtanh", low, high);
  }

  /** 0 where the magnitude is at most the bound. */
  default Value<A> hardShrink(double bound) {
    return call(this, "hardshrink", bound);
  }

  /** Moves each number towards 0 by the bound; 0 where the magnitude is less. */
  default Value<A> softShrink(double bound) {
    return call(this, "softshrink", bound);
  }

  /** Replaces numbers that are not above the bound with {@code value}. */
  default Value<A> threshold(double bound, double value) {
    return call(this, "threshold", bound, value);
  }

  /** The first half of the axis times the sigmoid of the second. */
  default Value<Axis> glu(int axis) {
    return call(this, "glu", (long) axis);
  }

  default Value<A> softmax(int axis) {
    return call(this, "softmax", (long) axis);
  }

  default Value<A> logSoftmax(int axis) {
    return call(this, "log_softmax", (long) axis);
  }

  /** The softmax of the negative numbers. */
  default Value<A> softMin(int axis) {
    return call(this, "softmin", (long) axis);
  }
}
