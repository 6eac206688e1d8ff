package org.nnsight4j.graph;

import org.nnsight4j.shape.Axis;

/**
 * What every value can do between layers: activation functions and the softmax family.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Activated<A> extends Mathematical<A> permits Compared {
  Activated() {}

  public Value<A> relu() {
    return call("relu");
  }

  /** {@link #relu}, at most 6. */
  public Value<A> relu6() {
    return call("relu6");
  }

  public Value<A> silu() {
    return call("silu");
  }

  /** The exact form, with erf. */
  public Value<A> gelu() {
    return call("gelu");
  }

  /** The form with tanh, GPT-2's {@code gelu_new}. */
  public Value<A> geluTanh() {
    return call("gelu_tanh");
  }

  /** {@code x sigmoid(1.702 x)}, as in CLIP. */
  public Value<A> quickGelu() {
    return call("quick_gelu");
  }

  public Value<A> mish() {
    return call("mish");
  }

  public Value<A> selu() {
    return call("selu");
  }

  public Value<A> hardSwish() {
    return call("hardswish");
  }

  public Value<A> hardSigmoid() {
    return call("hardsigmoid");
  }

  /** {@code x - tanh(x)}. */
  public Value<A> tanhShrink() {
    return call("tanhshrink");
  }

  /** {@code x / (1 + |x|)}. */
  public Value<A> softSign() {
    return call("softsign");
  }

  public Value<A> logSigmoid() {
    return call("log_sigmoid");
  }

  /** The slope is that of negative numbers; PyTorch's default is 0.01. */
  public Value<A> leakyRelu(double slope) {
    return call("leaky_relu", slope);
  }

  public Value<A> elu(double alpha) {
    return call("elu", alpha);
  }

  public Value<A> celu(double alpha) {
    return call("celu", alpha);
  }

  /** {@code log(1 + exp(x))}. */
  public Value<A> softPlus() {
    return call("softplus", 1.0, 20.0);
  }

  /** {@code log(1 + exp(beta x)) / beta}; x itself where {@code beta x} is above the threshold. */
  public Value<A> softPlus(double beta, double threshold) {
    return call("softplus", beta, threshold);
  }

  public Value<A> hardTanh(double low, double high) {
    return call("hardtanh", low, high);
  }

  /** 0 where the magnitude is at most the bound. */
  public Value<A> hardShrink(double bound) {
    return call("hardshrink", bound);
  }

  /** Nearer to 0 by the bound, and 0 below it. */
  public Value<A> softShrink(double bound) {
    return call("softshrink", bound);
  }

  /** The value where this is not above the bound. */
  public Value<A> threshold(double bound, double value) {
    return call("threshold", bound, value);
  }

  /** The first half of the axis times the sigmoid of the second. */
  public Value<Axis> glu(int axis) {
    return call("glu", (long) axis);
  }

  public Value<A> softmax(int axis) {
    return call("softmax", (long) axis);
  }

  public Value<A> logSoftmax(int axis) {
    return call("log_softmax", (long) axis);
  }

  /** The softmax of the negative numbers. */
  public Value<A> softMin(int axis) {
    return call("softmin", (long) axis);
  }
}
