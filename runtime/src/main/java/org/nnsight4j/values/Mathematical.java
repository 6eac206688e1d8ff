package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;

import org.nnsight4j.internal.source.NotUserCode;

/**
 * Mathematical functions of each element.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Mathematical<A> {
  default Value<A> neg() {
    return call(this, "neg");
  }

  default Value<A> abs() {
    return call(this, "abs");
  }

  default Value<A> sign() {
    return call(this, "sign");
  }

  default Value<A> floor() {
    return call(this, "floor");
  }

  default Value<A> ceil() {
    return call(this, "ceil");
  }

  /** Rounds to the nearest integer, halves to the even one. */
  default Value<A> round() {
    return call(this, "round");
  }

  /** Rounds towards 0. */
  default Value<A> trunc() {
    return call(this, "trunc");
  }

  /** The fraction that {@link #trunc} removes. */
  default Value<A> frac() {
    return call(this, "frac");
  }

  default Value<A> square() {
    return call(this, "square");
  }

  default Value<A> exp() {
    return call(this, "exp");
  }

  default Value<A> exp2() {
    return call(this, "exp2");
  }

  /** {@code exp(x) - 1}, exact near 0. */
  default Value<A> expm1() {
    return call(this, "expm1");
  }

  default Value<A> log() {
    return call(this, "log");
  }

  /** {@code log(1 + x)}, exact near 0. */
  default Value<A> log1p() {
    return call(this, "log1p");
  }

  default Value<A> log2() {
    return call(this, "log2");
  }

  default Value<A> log10() {
    return call(this, "log10");
  }

  default Value<A> sqrt() {
    return call(this, "sqrt");
  }

  /** 1 divided by the square root. */
  default Value<A> rsqrt() {
    return call(this, "rsqrt");
  }

  default Value<A> reciprocal() {
    return call(this, "reciprocal");
  }

  default Value<A> sin() {
    return call(this, "sin");
  }

  default Value<A> cos() {
    return call(this, "cos");
  }

  default Value<A> tan() {
    return call(this, "tan");
  }

  default Value<A> asin() {
    return call(this, "asin");
  }

  default Value<A> acos() {
    return call(this, "acos");
  }

  default Value<A> atan() {
    return call(this, "atan");
  }

  default Value<A> sinh() {
    return call(this, "sinh");
  }

  default Value<A> cosh() {
    return call(this, "cosh");
  }

  default Value<A> tanh() {
    return call(this, "tanh");
  }

  default Value<A> asinh() {
    return call(this, "asinh");
  }

  default Value<A> acosh() {
    return call(this, "acosh");
  }

  default Value<A> atanh() {
    return call(this, "atanh");
  }

  default Value<A> sigmoid() {
    return call(this, "sigmoid");
  }

  /** The inverse of {@link #sigmoid}. */
  default Value<A> logit() {
    return call(this, "logit");
  }

  default Value<A> erf() {
    return call(this, "erf");
  }

  /** {@code 1 - erf(x)}. */
  default Value<A> erfc() {
    return call(this, "erfc");
  }

  /** The inverse of {@link #erf}. */
  default Value<A> erfinv() {
    return call(this, "erfinv");
  }

  /** The logarithm of the gamma function's magnitude. */
  default Value<A> lgamma() {
    return call(this, "lgamma");
  }

  /** The derivative of {@link #lgamma}. */
  default Value<A> digamma() {
    return call(this, "digamma");
  }

  /** {@code sin(pi x) / (pi x)}, 1 at 0. */
  default Value<A> sinc() {
    return call(this, "sinc");
  }

  default Value<A> deg2rad() {
    return call(this, "deg2rad");
  }

  default Value<A> rad2deg() {
    return call(this, "rad2deg");
  }

  /** Replaces NaN, infinity and minus infinity with numbers. */
  default Value<A> nanToNum(double nan, double positive, double negative) {
    return call(this, "nan_to_num", nan, positive, negative);
  }
}
