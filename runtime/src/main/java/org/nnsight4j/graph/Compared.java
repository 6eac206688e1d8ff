package org.nnsight4j.graph;

import org.nnsight4j.shape.Axis;

/**
 * What every value can be asked: comparison, logic, bits, and the choice between two values.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public abstract sealed class Compared<A> extends Activated<A> permits Reduced {
  Compared() {}

  // Comparison; with a number exactly, also of whole numbers that no double holds.

  public Value<A> eq(Value<? extends A> other) {
    return call("eq", other);
  }

  public Value<A> eq(double number) {
    return number("eq", number);
  }

  public Value<A> neq(Value<? extends A> other) {
    return call("ne", other);
  }

  public Value<A> neq(double number) {
    return number("ne", number);
  }

  public Value<A> lt(Value<? extends A> other) {
    return call("lt", other);
  }

  public Value<A> lt(double number) {
    return number("lt", number);
  }

  public Value<A> lte(Value<? extends A> other) {
    return call("le", other);
  }

  public Value<A> lte(double number) {
    return number("le", number);
  }

  public Value<A> gt(Value<? extends A> other) {
    return call("gt", other);
  }

  public Value<A> gt(double number) {
    return number("gt", number);
  }

  public Value<A> gte(Value<? extends A> other) {
    return call("ge", other);
  }

  public Value<A> gte(double number) {
    return number("ge", number);
  }

  // Logic; every number but 0 is true.

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

  public Value<A> isFinite() {
    return call("isfinite");
  }

  public Value<A> isPositiveInfinite() {
    return call("isposinf");
  }

  public Value<A> isNegativeInfinite() {
    return call("isneginf");
  }

  /** Whether there is a minus sign, also of -0. */
  public Value<A> signBit() {
    return call("signbit");
  }

  /**
   * Whether the distance is at most {@code absolute + relative |other|}; {@code nans} are equal or
   * not.
   */
  public Value<A> isClose(
      Value<? extends A> other, double relative, double absolute, boolean nans) {
    return call("isclose", other, relative, absolute, nans);
  }

  /** Whether {@link #isClose} holds everywhere. */
  public Value<Axis> allClose(
      Value<? extends A> other, double relative, double absolute, boolean nans) {
    return call("allclose", other, relative, absolute, nans);
  }

  // Bits of whole numbers and truth values.

  public Value<A> bitwiseAnd(Value<? extends A> other) {
    return call("bitwise_and", other);
  }

  public Value<A> bitwiseAnd(long number) {
    return call("bitwise_and_int", number);
  }

  public Value<A> bitwiseOr(Value<? extends A> other) {
    return call("bitwise_or", other);
  }

  public Value<A> bitwiseOr(long number) {
    return call("bitwise_or_int", number);
  }

  public Value<A> bitwiseXor(Value<? extends A> other) {
    return call("bitwise_xor", other);
  }

  public Value<A> bitwiseXor(long number) {
    return call("bitwise_xor_int", number);
  }

  public Value<A> bitwiseNot() {
    return call("bitwise_not");
  }

  public Value<A> shiftLeft(int count) {
    return call("shift_left", (long) count);
  }

  /** Keeps the sign, as {@code >>} does. */
  public Value<A> shiftRight(int count) {
    return call("shift_right", (long) count);
  }

  /** This value's element where {@code condition} holds, the other's elsewhere. */
  public Value<A> where(Value<?> condition, Value<? extends A> otherwise) {
    return self().recording().call("where", condition, self(), otherwise);
  }
}
