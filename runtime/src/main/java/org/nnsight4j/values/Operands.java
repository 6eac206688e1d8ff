package org.nnsight4j.values;

import java.util.List;
import java.util.Locale;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.operand.Operand;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Along;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Tensor;

/** How the methods of values and creations reach the recording. */
@NotUserCode
final class Operands {
  static final List<String> REDUCTIONS =
      List.of(
          "sum",
          "mean",
          "max",
          "min",
          "var",
          "std",
          "norm",
          "any",
          "all",
          "prod",
          "nansum",
          "logsumexp",
          "count_nonzero");

  private Operands() {}

  private static Operand operand(Object value) {
    if (value instanceof Operand operand) {
      return operand;
    }
    throw new IllegalArgumentException(
        "expected a value that a model's site or an operation gave, found " + value.getClass());
  }

  /** The value whose theme (a super-interface) a method belongs to. */
  static Value<?> self(Object theme) {
    return (Value<?>) theme;
  }

  /** Records an operation whose first operand is this value. */
  static <B> Value<B> call(Object self, String op, Object... rest) {
    Object[] args = new Object[rest.length + 1];
    args[0] = self;
    System.arraycopy(rest, 0, args, 1, rest.length);
    return record(self, op, args);
  }

  /** Records an operation whose operands are all given. */
  @SuppressWarnings("unchecked") // The calling method guarantees the width of the result.
  static <B> Value<B> record(Object self, String op, Object... args) {
    return (Value<B>) operand(self).record(op, args);
  }

  /** An integer leaves a tensor of integers an integer tensor. */
  static <A> Value<A> number(Object self, String op, double number) {
    return isWhole(self, number)
        ? call(self, op + "_int", (long) number)
        : call(self, op + "_real", number);
  }

  /**
   * Whether a value and a number are integers; a double up to 2^63 that is an integer is one
   * exactly.
   */
  static boolean isWhole(Object self, double number) {
    return number == Math.rint(number)
        && Math.abs(number) < 0x1p63
        && !self(self).dtype().isFloating();
  }

  /** An integer, passed exactly: a double cannot represent all integers above 2^53. */
  static <A> Value<A> number(Object self, String op, long number) {
    return self(self).dtype().isFloating()
        ? call(self, op + "_real", real(self, op, number))
        : call(self, op + "_int", number);
  }

  /** An integer that meets floating-point numbers, unless no double represents it. */
  static double real(Object self, String op, long number) {
    double real = number;
    if (real == 0x1p63 || (long) real != number) {
      throw fail(
          self,
          String.format(
              Locale.ROOT,
              "%s(%d) of %s: no floating number is %d; the nearest is %.0f. Write that as a double, or cast to DType.INT64 before",
              op,
              number,
              describe(self),
              number,
              real));
    }
    return real;
  }

  /** The number of a named axis, which is not the last one. */
  static long place(Object self, String op, Along axis) {
    Dims dims = self(self).shape();
    int place = dims.find(axis.name());
    if (place < 0) {
      throw fail(
          self,
          "%s of %s: its shape %s has no axis '%s'; give the number of the axis, as in %s(1)"
              .formatted(op, describe(self), dims, axis.name(), op));
    }
    if (place == dims.rank() - 1) {
      throw fail(
          self,
          "%s of %s: '%s' is the last axis of %s, the width of the value; use %s(Width.WIDTH)"
              .formatted(op, describe(self), axis.name(), dims, op));
    }
    return place;
  }

  /** The value that records for a list of operands: one of a run, if there is one. */
  static Value<?> recorder(List<? extends Value<?>> values, String op) {
    if (values == null || values.isEmpty()) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "%s needs a list with one value at least, found %s".formatted(op, values));
    }
    for (Value<?> value : values) {
      if (value != null && operand(value).numbers() == null) {
        return value;
      }
    }
    return values.get(0);
  }

  static void given(Object self, @Nullable Object argument, String what) {
    if (argument == null) {
      throw fail(self, "%s of %s: an argument is null".formatted(what, describe(self)));
    }
  }

  static <T> T checked(Object self, Supplier<T> rule) {
    try {
      return rule.get();
    } catch (ShapeException e) {
      throw fail(self, describe(self) + ": " + e.getMessage());
    }
  }

  /** Numbers from outside, recorded where this value's operations are. */
  static Value<?> constantBeside(Object self, Tensor tensor) {
    return (Value<?>) operand(self).constantBeside(tensor);
  }

  static String describe(Object self) {
    return operand(self).describe();
  }

  static RecordingException fail(Object self, String message) {
    return operand(self).fail(message);
  }

  static String typeName(Object creation, @Nullable DType dtype, String op) {
    if (dtype == null) {
      throw fail(creation, op + ": an argument is null");
    }
    return dtype.name();
  }

  static long[] longs(int[] numbers) {
    return IntStream.of(numbers).asLongStream().toArray();
  }
}
