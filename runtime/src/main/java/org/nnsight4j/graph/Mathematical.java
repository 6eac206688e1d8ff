package org.nnsight4j.graph;

/**
 * What every value can do with each of its numbers: the functions of mathematics.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Mathematical<A> extends Elementwise<A> permits Activated {
  Mathematical() {}

  public Value<A> neg() {
    return call("neg");
  }

  public Value<A> abs() {
    return call("abs");
  }

  public Value<A> sign() {
    return call("sign");
  }

  public Value<A> floor() {
    return call("floor");
  }

  public Value<A> ceil() {
    return call("ceil");
  }

  /** To the nearest whole number, halves to the even one. */
  public Value<A> round() {
    return call("round");
  }

  /** Towards 0. */
  public Value<A> trunc() {
    return call("trunc");
  }

  /** What {@link #trunc} takes away. */
  public Value<A> frac() {
    return call("frac");
  }

  public Value<A> square() {
    return call("square");
  }

  public Value<A> exp() {
    return call("exp");
  }

  public Value<A> exp2() {
    return call("exp2");
  }

  /** {@code exp(x) - 1}, exact near 0. */
  public Value<A> expm1() {
    return call("expm1");
  }

  public Value<A> log() {
    return call("log");
  }

  /** {@code log(1 + x)}, exact near 0. */
  public Value<A> log1p() {
    return call("log1p");
  }

  public Value<A> log2() {
    return call("log2");
  }

  public Value<A> log10() {
    return call("log10");
  }

  public Value<A> sqrt() {
    return call("sqrt");
  }

  /** 1 divided by the square root. */
  public Value<A> rsqrt() {
    return call("rsqrt");
  }

  public Value<A> reciprocal() {
    return call("reciprocal");
  }

  public Value<A> sin() {
    return call("sin");
  }

  public Value<A> cos() {
    return call("cos");
  }

  public Value<A> tan() {
    return call("tan");
  }

  public Value<A> asin() {
    return call("asin");
  }

  public Value<A> acos() {
    return call("acos");
  }

  public Value<A> atan() {
    return call("atan");
  }

  public Value<A> sinh() {
    return call("sinh");
  }

  public Value<A> cosh() {
    return call("cosh");
  }

  public Value<A> tanh() {
    return call("tanh");
  }

  public Value<A> asinh() {
    return call("asinh");
  }

  public Value<A> acosh() {
    return call("acosh");
  }

  public Value<A> atanh() {
    return call("atanh");
  }

  public Value<A> sigmoid() {
    return call("sigmoid");
  }

  /** The inverse of {@link #sigmoid}. */
  public Value<A> logit() {
    return call("logit");
  }

  public Value<A> erf() {
    return call("erf");
  }

  /** {@code 1 - erf(x)}. */
  public Value<A> erfc() {
    return call("erfc");
  }

  /** The inverse of {@link #erf}. */
  public Value<A> erfinv() {
    return call("erfinv");
  }

  /** The logarithm of the gamma function's magnitude. */
  public Value<A> lgamma() {
    return call("lgamma");
  }

  /** The derivative of {@link #lgamma}. */
  public Value<A> digamma() {
    return call("digamma");
  }

  /** {@code sin(pi x) / (pi x)}, 1 at 0. */
  public Value<A> sinc() {
    return call("sinc");
  }

  public Value<A> deg2rad() {
    return call("deg2rad");
  }

  public Value<A> rad2deg() {
    return call("rad2deg");
  }

  /** Numbers in place of NaN, infinity and minus infinity. */
  public Value<A> nanToNum(double nan, double positive, double negative) {
    return call("nan_to_num", nan, positive, negative);
  }
}
