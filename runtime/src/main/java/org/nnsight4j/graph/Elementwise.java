package org.nnsight4j.graph;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.shape.ShapeException;

/**
 * What every value can do with another or a number: arithmetic with broadcasting.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Elementwise<A> extends AnyWidth<A> permits Mathematical {
  Elementwise() {}

  /** Records an operation whose first operand is this value. */
  <B> Value<B> call(String op, Object... rest) {
    Object[] args = new Object[rest.length + 1];
    args[0] = self();
    System.arraycopy(rest, 0, args, 1, rest.length);
    return self().recording().call(op, args);
  }

  void given(@Nullable Object argument, String what) {
    if (argument == null) {
      throw self()
          .recording()
          .fail(
              "%s of %s: an argument is null".formatted(what, self().describe()),
              UserFrames.here());
    }
  }

  <T> T checked(Supplier<T> rule) {
    try {
      return rule.get();
    } catch (ShapeException e) {
      throw self().recording().fail(self().describe() + ": " + e.getMessage(), UserFrames.here());
    }
  }

  /** Whole numbers keep tensors of whole numbers whole. */
  Value<A> number(String op, double number) {
    // A double up to 2^63 that is whole is that whole number exactly.
    boolean whole = number == Math.rint(number) && Math.abs(number) < 0x1p63;
    return whole && !self().dtype().isFloating()
        ? call(op + "_int", (long) number)
        : call(op + "_real", number);
  }

  // Arithmetic with broadcasting.

  public Value<A> add(Value<? extends A> other) {
    return call("add", other);
  }

  public Value<A> add(double number) {
    return number("add", number);
  }

  public Value<A> sub(Value<? extends A> other) {
    return call("sub", other);
  }

  public Value<A> sub(double number) {
    return number("sub", number);
  }

  public Value<A> mul(Value<? extends A> other) {
    return call("mul", other);
  }

  public Value<A> mul(double number) {
    return number("mul", number);
  }

  public Value<A> div(Value<? extends A> other) {
    return call("div", other);
  }

  public Value<A> div(double number) {
    return call("div_real", number);
  }

  public Value<A> pow(Value<? extends A> other) {
    return call("pow", other);
  }

  public Value<A> pow(double number) {
    return number("pow", number);
  }

  /** The remainder with the sign of the divisor, as in Python. */
  public Value<A> mod(Value<? extends A> other) {
    return call("remainder", other);
  }

  /** The remainder with the sign of the divisor, as in Python. */
  public Value<A> mod(double number) {
    return number("remainder", number);
  }

  /** The remainder with the sign of this value, as in Java and C. */
  public Value<A> fmod(Value<? extends A> other) {
    return call("fmod", other);
  }

  /** The remainder with the sign of this value, as in Java and C. */
  public Value<A> fmod(double number) {
    return number("fmod", number);
  }

  /** The quotient rounded down, Python's {@code //}. */
  public Value<A> floorDivide(Value<? extends A> other) {
    return call("floor_divide", other);
  }

  /** The quotient rounded down, Python's {@code //}. */
  public Value<A> floorDivide(double number) {
    return number("floor_divide", number);
  }

  /** The larger of both; NaN if one is. */
  public Value<A> maximum(Value<? extends A> other) {
    return call("maximum", other);
  }

  /** The smaller of both; NaN if one is. */
  public Value<A> minimum(Value<? extends A> other) {
    return call("minimum", other);
  }

  /** The larger of both; the other if one is NaN. */
  public Value<A> fmax(Value<? extends A> other) {
    return call("fmax", other);
  }

  /** The smaller of both; the other if one is NaN. */
  public Value<A> fmin(Value<? extends A> other) {
    return call("fmin", other);
  }

  /** At least {@code low} and at most {@code high}. */
  public Value<A> clip(double low, double high) {
    if (!(low <= high)) {
      throw self()
          .recording()
          .fail("clip(%s, %s) needs the lower bound first".formatted(low, high), UserFrames.here());
    }
    return this.<A>call("clamp_min", low).call("clamp_max", high);
  }

  /** The angle of the point with this y and the other x. */
  public Value<A> atan2(Value<? extends A> other) {
    return call("atan2", other);
  }

  /** The square root of the sum of both squares. */
  public Value<A> hypot(Value<? extends A> other) {
    return call("hypot", other);
  }

  /** This magnitude with the other's sign. */
  public Value<A> copySign(Value<? extends A> other) {
    return call("copysign", other);
  }

  /** The logarithm of the sum of both exponentials. */
  public Value<A> logAddExp(Value<? extends A> other) {
    return call("logaddexp", other);
  }

  /** This times the other's logarithm; 0 where this is 0. */
  public Value<A> xLogY(Value<? extends A> other) {
    return call("xlogy", other);
  }

  /** From this (weight 0) on a line to {@code end} (weight 1). */
  public Value<A> lerp(Value<? extends A> end, double weight) {
    return call("lerp_real", end, weight);
  }

  /** As {@link #lerp(Value, double)}, with a weight for each element. */
  public Value<A> lerp(Value<? extends A> end, Value<? extends A> weight) {
    return call("lerp", end, weight);
  }
}
