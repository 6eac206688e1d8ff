package org.nnsight4j.op;

import java.util.Arrays;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.ShapeException;
import org.nnsight4j.tensor.DType;

/** The data type rules that several operations share; all are PyTorch's. */
final class DTypes {
  private DTypes() {}

  /**
   * The type of two tensors combined. A tensor without axes counts less than one with axes, unless
   * only it is floating: a FLOAT32 value times a FLOAT64 number stays FLOAT32.
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

  /** Truth values, then whole numbers, then floating ones. */
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

  /** The type of a function with real results, such as exp or division. */
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

  /** The data type that a graph names. */
  static DType named(String name) {
    return Arrays.stream(DType.values())
        .filter(type -> type.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new ShapeException(
                    "there is no data type '%s'; there are %s"
                        .formatted(name, Arrays.toString(DType.values()))));
  }
}
