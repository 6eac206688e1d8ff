package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;
import static org.nnsight4j.values.Operands.fail;
import static org.nnsight4j.values.Operands.isWhole;
import static org.nnsight4j.values.Operands.number;
import static org.nnsight4j.values.Operands.real;
import static org.nnsight4j.values.Operands.self;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.DType;

/**
 * Arithmetic with another value or a number, with broadcasting.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Elementwise<A> {
  // Arithmetic with broadcasting.

  default Value<A> add(Value<? extends A> other) {
    return call(this, "add", other);
  }

  default Value<A> add(double number) {
    return number(this, "add", number);
  }

  default Value<A> add(long number) {
    return number(this, "add", number);
  }

  default Value<A> sub(Value<? extends A> other) {
    return call(this, "sub", other);
  }

  default Value<A> sub(double number) {
    return number(this, "sub", number);
  }

  default Value<A> sub(long number) {
    return number(this, "sub", number);
  }

  default Value<A> mul(Value<? extends A> other) {
    return call(this, "mul", other);
  }

  default Value<A> mul(double number) {
    return number(this, "mul", number);
  }

  default Value<A> mul(long number) {
    return number(this, "mul", number);
  }

  default Value<A> div(Value<? extends A> other) {
    return call(this, "div", other);
  }

  default Value<A> div(double number) {
    return call(this, "div_real", number);
  }

  default Value<A> div(long number) {
    return call(this, "div_real", real(this, "div", number));
  }

  default Value<A> pow(Value<? extends A> other) {
    return call(this, "pow", other);
  }

  default Value<A> pow(double number) {
    return number(this, "pow", number);
  }

  default Value<A> pow(long number) {
    return number(this, "pow", number);
  }

  /** The remainder with the sign of the divisor, as in Python. */
  default Value<A> mod(Value<? extends A> other) {
    return call(this, "remainder", other);
  }

  /** The remainder with the sign of the divisor, as in Python. */
  default Value<A> mod(double number) {
    return number(this, "remainder", number);
  }

  /** The remainder with the sign of the divisor, as in Python. */
  default Value<A> mod(long number) {
    return number(this, "remainder", number);
  }

  /** The remainder with the sign of this value, as in Java and C. */
  default Value<A> fmod(Value<? extends A> other) {
    return call(this, "fmod", other);
  }

  /** The remainder with the sign of this value, as in Java and C. */
  default Value<A> fmod(double number) {
    return number(this, "fmod", number);
  }

  /** The remainder with the sign of this value, as in Java and C. */
  default Value<A> fmod(long number) {
    return number(this, "fmod", number);
  }

  /** The quotient rounded down, Python's {@code //}. */
  default Value<A> floorDivide(Value<? extends A> other) {
    return call(this, "floor_divide", other);
  }

  /** The quotient rounded down, Python's {@code //}. */
  default Value<A> floorDivide(double number) {
    return number(this, "floor_divide", number);
  }

  /** The quotient rounded down, Python's {@code //}. */
  default Value<A> floorDivide(long number) {
    return number(this, "floor_divide", number);
  }

  /** The larger of the two; NaN if one is NaN. */
  default Value<A> maximum(Value<? extends A> other) {
    return call(this, "maximum", other);
  }

  /** The smaller of the two; NaN if one is NaN. */
  default Value<A> minimum(Value<? extends A> other) {
    return call(this, "minimum", other);
  }

  /** The larger of the two; if one is NaN, the other. */
  default Value<A> fmax(Value<? extends A> other) {
    return call(this, "fmax", other);
  }

  /** The smaller of the two; if one is NaN, the other. */
  default Value<A> fmin(Value<? extends A> other) {
    return call(this, "fmin", other);
  }

  /** At least {@code low} and at most {@code high}; integer bounds keep integers integers. */
  default Value<A> clip(double low, double high) {
    checkBounds(low <= high, low, high);
    return isWhole(this, low) && isWhole(this, high)
        ? clip((long) low, (long) high)
        : this.clip("", low, high);
  }

  /** At least {@code low} and at most {@code high}. */
  default Value<A> clip(long low, long high) {
    checkBounds(low <= high, low, high);
    if (self(this).dtype().isFloating()) {
      return this.clip("", real(this, "clip", low), real(this, "clip", high));
    }
    // A bound beyond the range of the type has no effect.
    boolean narrow = self(this).dtype() == DType.INT32;
    return this.clip(
        "_int",
        narrow ? Math.max(low, Integer.MIN_VALUE) : low,
        narrow ? Math.min(high, Integer.MAX_VALUE) : high);
  }

  private Value<A> clip(String kind, Object low, Object high) {
    return call(call(this, "clamp_min" + kind, low), "clamp_max" + kind, high);
  }

  private void checkBounds(boolean ordered, Object low, Object high) {
    if (!ordered) {
      throw fail(this, "clip(%s, %s) needs the lower bound first".formatted(low, high));
    }
  }

  /** The angle of the point whose y is this value and whose x is the other. */
  default Value<A> atan2(Value<? extends A> other) {
    return call(this, "atan2", other);
  }

  /** The square root of the sum of the two squares. */
  default Value<A> hypot(Value<? extends A> other) {
    return call(this, "hypot", other);
  }

  /** This value's magnitude with the other's sign. */
  default Value<A> copySign(Value<? extends A> other) {
    return call(this, "copysign", other);
  }

  /** The logarithm of the sum of the two exponentials. */
  default Value<A> logAddExp(Value<? extends A> other) {
    return call(this, "logaddexp", other);
  }

  /** This value times the other's logarithm; 0 where this value is 0. */
  default Value<A> xLogY(Value<? extends A> other) {
    return call(this, "xlogy", other);
  }

  /** A point on the line from this value (weight 0) to {@code end} (weight 1). */
  default Value<A> lerp(Value<? extends A> end, double weight) {
    return call(this, "lerp_real", end, weight);
  }

  /** Like {@link #lerp(Value, double)}, with a weight for each element. */
  default Value<A> lerp(Value<? extends A> end, Value<? extends A> weight) {
    return call(this, "lerp", end, weight);
  }
}
