package org.nnsight4j.graph;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.shape.ShapeException;

/**
 * What every value can do element by element: arithmetic with broadcasting, functions, comparison.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Elementwise<A> permits Arrangement {
  Elementwise() {}

  abstract Value<A> self();

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
  private Value<A> number(String op, double number) {
    boolean whole = number == Math.rint(number) && Math.abs(number) < 1L << 53;
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
  public Value<A> mod(double number) {
    return number("remainder", number);
  }

  public Value<A> maximum(Value<? extends A> other) {
    return call("maximum", other);
  }

  public Value<A> minimum(Value<? extends A> other) {
    return call("minimum", other);
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

  public Value<A> square() {
    return call("square");
  }

  public Value<A> exp() {
    return call("exp");
  }

  public Value<A> log() {
    return call("log");
  }

  public Value<A> sqrt() {
    return call("sqrt");
  }

  public Value<A> rsqrt() {
    return call("rsqrt");
  }

  public Value<A> sin() {
    return call("sin");
  }

  public Value<A> cos() {
    return call("cos");
  }

  public Value<A> tanh() {
    return call("tanh");
  }

  public Value<A> sigmoid() {
    return call("sigmoid");
  }

  public Value<A> erf() {
    return call("erf");
  }

  public Value<A> reciprocal() {
    return call("reciprocal");
  }

  public Value<A> relu() {
    return call("relu");
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

  // Comparison and choice.

  public Value<A> eq(Value<? extends A> other) {
    return call("eq", other);
  }

  public Value<A> eq(double number) {
    return call("eq_real", number);
  }

  public Value<A> neq(Value<? extends A> other) {
    return call("ne", other);
  }

  public Value<A> neq(double number) {
    return call("ne_real", number);
  }

  public Value<A> lt(Value<? extends A> other) {
    return call("lt", other);
  }

  public Value<A> lt(double number) {
    return call("lt_real", number);
  }

  public Value<A> lte(Value<? extends A> other) {
    return call("le", other);
  }

  public Value<A> lte(double number) {
    return call("le_real", number);
  }

  public Value<A> gt(Value<? extends A> other) {
    return call("gt", other);
  }

  public Value<A> gt(double number) {
    return call("gt_real", number);
  }

  public Value<A> gte(Value<? extends A> other) {
    return call("ge", other);
  }

  public Value<A> gte(double number) {
    return call("ge_real", number);
  }

  public Value<A> logicalAnd(Value<? extends A> other) {
    return call("logical_and", other);
  }

  public Value<A> logicalOr(Value<? extends A> other) {
    return call("logical_or", other);
  }

  public Value<A> logicalXor(Value<? extends A> other) {
    return call("logical_xor", other);
  }

  public Value<A> logicalNot() {
    return call("logical_not");
  }

  public Value<A> isNaN() {
    return call("isnan");
  }

  public Value<A> isInfinite() {
    return call("isinf");
  }

  /** This value's element where {@code condition} holds, the other's elsewhere. */
  public Value<A> where(Value<?> condition, Value<? extends A> otherwise) {
    return self().recording().call("where", condition, self(), otherwise);
  }
}
