package org.nnsight4j.values;

import static org.nnsight4j.values.Operands.call;
import static org.nnsight4j.values.Operands.number;
import static org.nnsight4j.values.Operands.record;
import static org.nnsight4j.values.Operands.self;

import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;

/**
 * Comparison, logic, bits, and the choice between two values.
 *
 * @param <A> the width of the value
 */
@NotUserCode
public interface Compared<A> {
  // Comparison. With a number it is exact, also for integers that no double can represent.

  default Value<A> eq(Value<? extends A> other) {
    return call(this, "eq", other);
  }

  default Value<A> eq(double number) {
    return number(this, "eq", number);
  }

  default Value<A> eq(long number) {
    return number(this, "eq", number);
  }

  default Value<A> neq(Value<? extends A> other) {
    return call(this, "ne", other);
  }

  default Value<A> neq(double number) {
    return number(this, "ne", number);
  }

  default Value<A> neq(long number) {
    return number(this, "ne", number);
  }

  default Value<A> lt(Value<? extends A> other) {
    return call(this, "lt", other);
  }

  default Value<A> lt(double number) {
    return number(this, "lt", number);
  }

  default Value<A> lt(long number) {
    return number(this, "lt", number);
  }

  default Value<A> lte(Value<? extends A> other) {
    return call(this, "le", other);
  }

  default Value<A> lte(double number) {
    return number(this, "le", number);
  }

  default Value<A> lte(long number) {
    return number(this, "le", number);
  }

  default Value<A> gt(Value<? extends A> other) {
    return call(this, "gt", other);
  }

  default Value<A> gt(double number) {
    return number(this, "gt", number);
  }

  default Value<A> gt(long number) {
    return number(this, "gt", number);
  }

  default Value<A> gte(Value<? extends A> other) {
    return call(this, "ge", other);
  }

  default Value<A> gte(double number) {
    return number(this, "ge", number);
  }

  default Value<A> gte(long number) {
    return number(this, "ge", number);
  }

  // Logic; every number except 0 is true.

  default Value<A> logicalAnd(Value<? extends A> other) {
    return call(this, "logical_and", other);
  }

  default Value<A> logicalOr(Value<? extends A> other) {
    return call(this, "logical_or", other);
  }

  default Value<A> logicalXor(Value<? extends A> other) {
    return call(this, "logical_xor", other);
  }

  default Value<A> logicalNot() {
    return call(this, "logical_not");
  }

  default Value<A> isNaN() {
    return call(this, "isnan");
  }

  default Value<A> isInfinite() {
    return call(this, "isinf");
  }

  default Value<A> isFinite() {
    return call(this, "isfinite");
  }

  default Value<A> isPositiveInfinite() {
    return call(this, "isposinf");
  }

  default Value<A> isNegativeInfinite() {
    return call(this, "isneginf");
  }

  /** Whether there is a minus sign, including that of -0. */
  default Value<A> signBit() {
    return call(this, "signbit");
  }

  /**
   * Whether the distance is at most {@code absolute + relative |other|}; {@code nans} says whether
   * NaNs are equal.
   */
  default Value<A> isClose(
      Value<? extends A> other, double relative, double absolute, boolean nans) {
    return call(this, "isclose", other, relative, absolute, nans);
  }

  /** Whether {@link #isClose} holds everywhere. */
  default Value<Axis> allClose(
      Value<? extends A> other, double relative, double absolute, boolean nans) {
    return call(this, "allclose", other, relative, absolute, nans);
  }

  // Bits of integers and truth values.

  default Value<A> bitwiseAnd(Value<? extends A> other) {
    return call(this, "bitwise_and", other);
  }

  default Value<A> bitwiseAnd(long number) {
    return call(this, "bitwise_and_int", number);
  }

  default Value<A> bitwiseOr(Value<? extends A> other) {
    return call(this, "bitwise_or", other);
  }

  default Value<A> bitwiseOr(long number) {
    return call(this, "bitwise_or_int", number);
  }

  default Value<A> bitwiseXor(Value<? extends A> other) {
    return call(this, "bitwise_xor", other);
  }

  default Value<A> bitwiseXor(long number) {
    return call(this, "bitwise_xor_int", number);
  }

  default Value<A> bitwiseNot() {
    return call(this, "bitwise_not");
  }

  default Value<A> shiftLeft(int count) {
    return call(this, "shift_left", (long) count);
  }

  /** Keeps the sign, as {@code >>} does. */
  default Value<A> shiftRight(int count) {
    return call(this, "shift_right", (long) count);
  }

  /** This value's element where {@code condition} holds, the other's elsewhere. */
  default Value<A> where(Value<?> condition, Value<? extends A> otherwise) {
    return record(this, "where", condition, self(this), otherwise);
  }
}
