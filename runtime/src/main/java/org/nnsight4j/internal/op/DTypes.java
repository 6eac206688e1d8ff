package org.nnsight4j.internal.op;

import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Meta;

/** The data type rules that several operations share; all are PyTorch's. */
final class DTypes {
  /** The beginning of a kernel with a parameter {@code dtype: str}: PyTorch's code for it. */
  static final String CODE =
      """
      code = 6
      if dtype == "FLOAT64":
        code = 7
      if dtype == "FLOAT16":
        code = 5
      if dtype == "BFLOAT16":
        code = 15
      if dtype == "INT64":
        code = 4
      if dtype == "INT32":
        code = 3
      if dtype == "BOOL":
        code = 11""";

  private DTypes() {}

  /**
   * The type of two tensors combined. A tensor without axes counts less than one with axes, unless
   * only the former is floating-point: a FLOAT32 value times a FLOAT64 number stays FLOAT32.
   */
  static DType promote(Meta left, Meta right) {
    boolean leftNumber = left.dims().rank() == 0;
    if (leftNumber == (right.dims().rank() == 0)) {
      return promote(left.dtype(), right.dtype());
    }
    DType number = leftNumber ? left.dtype() : right.dtype();
    DType axes = leftNumber ? right.dtype() : left.dtype();
    boolean axesDecide = axes.isFloating() || (axes != DType.BOOL && !number.isFloating());
    return axesDecide ? axes : promote(axes, number);
  }

  /** First truth values, then integers, then floating-point types. */
  private static DType promote(DType left, DType right) {
    if (left == right) {
      return left;
    }
    if (left.isFloating() != right.isFloating()) {
      return left.isFloating() ? left : right;
    }
    if (left.isFloating()) {
      return left.bytes() == right.bytes()
          ? DType.FLOAT32
          : left.bytes() > right.bytes() ? left : right;
    }
    return left.bytes() > right.bytes() ? left : right;
  }

  /** The type of a function with floating-point results, such as exp or division. */
  static DType real(DType dtype) {
    return dtype.isFloating() ? dtype : DType.FLOAT32;
  }

  /** The type of a sum: truth values are counted. */
  static DType summed(DType dtype) {
    return dtype.isFloating() ? dtype : DType.INT64;
  }

  static DType floating(String op, DType dtype) {
    if (!dtype.isFloating()) {
      throw new ShapeException(
          "%s needs floating numbers, found %s; cast with toType(DType.FLOAT32)"
              .formatted(op, dtype));
    }
    return dtype;
  }

  static DType number(String op, DType dtype) {
    if (dtype == DType.BOOL) {
      throw new ShapeException(
          "%s needs numbers, found truth values; cast with toType(DType.FLOAT32)".formatted(op));
    }
    return dtype;
  }

  static void whole(String op, DType dtype) {
    if (dtype != DType.INT64) {
      throw new ShapeException("%s needs INT64 indices, found %s".formatted(op, dtype));
    }
  }

  static void truth(String op, DType dtype) {
    if (dtype != DType.BOOL) {
      throw new ShapeException(
          "%s needs truth values, found %s; compare first, as in value.gt(0)".formatted(op, dtype));
    }
  }

  /** FLOAT32 and FLOAT64, which all of PyTorch's kernels have. */
  static DType wide(String op, DType dtype) {
    if (dtype != DType.FLOAT32 && dtype != DType.FLOAT64) {
      throw new ShapeException(
          "%s needs FLOAT32 or FLOAT64, found %s; cast with toType(DType.FLOAT32)"
              .formatted(op, dtype));
    }
    return dtype;
  }

  static DType bits(DType dtype) {
    if (dtype.isFloating()) {
      throw new ShapeException(
          "bits are those of integers or truth values, found %s; cast with toType(DType.INT64)"
              .formatted(dtype));
    }
    return dtype;
  }

  static DType equal(DType first, DType other) {
    if (first != other) {
      throw new ShapeException(
          "one data type is needed, found %s and %s; cast with toType(DType.%s)"
              .formatted(first, other, first));
    }
    return first;
  }

  /** Checks that a tensor's data type can hold a number. */
  static void holds(String op, DType dtype, double number) {
    boolean whole = number == Math.rint(number) && !Double.isInfinite(number);
    boolean fits =
        switch (dtype) {
          case INT64 -> whole && Math.abs(number) < 1L << 53;
          case INT32 -> whole && number >= Integer.MIN_VALUE && number <= Integer.MAX_VALUE;
          case BOOL -> number == 0 || number == 1;
          case FLOAT64 -> true;
          case FLOAT32 -> !Double.isFinite(number) || Math.abs(number) <= Float.MAX_VALUE;
          case BFLOAT16 -> !Double.isFinite(number) || Math.abs(number) <= 0x1.FEp127;
          case FLOAT16 -> !Double.isFinite(number) || Math.abs(number) <= 65504;
        };
    if (!fits && dtype == DType.INT64 && whole) {
      throw new ShapeException(
          "%s: %s is given as a double, which is an integer for certain only below 2^53; give a constant of Tensor.of(new long[] {...}), chosen by where(...)"
              .formatted(op, number));
    }
    if (!fits) {
      throw new ShapeException(
          "%s: %s cannot hold %s; cast with toType(DType.FLOAT32), or choose another number"
              .formatted(op, dtype, number));
    }
  }

  /** The common data type of tensors that are joined. */
  static DType common(String op, List<Meta> parts) {
    DType first = parts.get(0).dtype();
    for (Meta part : parts) {
      if (part.dtype() != first) {
        throw new ShapeException(
            "%s needs one data type, found %s and %s; cast with toType"
                .formatted(op, first, part.dtype()));
      }
    }
    return first;
  }
}
